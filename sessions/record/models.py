"""The tables of the record. Entries refuse update and delete here and, by triggers, in the database itself."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models


class Stream(models.Model):
    """One account: a meeting, or the office 办公室 of a hall. Its row is the lock under which everything is written.

    `rev` is raised by every committed act and is on the wire; it is not the place of an entry (`Entry.seq`), because
    a secret ballot moves the first and leaves nothing in the second.
    """

    class Purpose(models.TextChoices):
        MEETING = "meeting"
        OFFICE = "office"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    rev = models.PositiveBigIntegerField(default=0)
    sealed = models.BooleanField(default=False)  # after its last entry nothing may follow

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class AppendOnly(models.QuerySet["Entry"]):
    """A query set that reads and appends, and cannot do otherwise."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError("The record is append-only: an entry cannot be changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The record is append-only: an entry cannot be deleted.")


class Entry(models.Model):
    """One entry 条目: what someone did, chained to the entry before it."""

    stream = models.ForeignKey(Stream, models.PROTECT, related_name="entries")
    seq = models.PositiveBigIntegerField()  # 1, 2, 3 … without a gap
    kind = models.CharField(max_length=64)
    actor = models.TextField()  # canonical JSON
    at = models.DateTimeField()
    body = models.TextField()  # canonical JSON; personal values only as {"$": digest}
    act_id = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects = AppendOnly.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="entry_once_per_place"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="entry_seq_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id}/{self.seq} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The record is append-only: an entry cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The record is append-only: an entry cannot be deleted.")


class Value(models.Model):
    """A personal value of an entry, kept beside the chain so that it can be erased without breaking it.

    The entry holds sha256(salt ‖ canonical(value)); the value itself is opened to everyone (`public`) or only in the
    archive copy.
    """

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="values")
    digest = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    value = models.TextField()  # canonical JSON
    public = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "digest"], name="value_once_per_entry")]

    def __str__(self) -> str:
        return self.digest


class Answer(models.Model):
    """What was answered to an act, so that the same act sent again, by either door, gets the same answer."""

    stream = models.ForeignKey(Stream, models.PROTECT, related_name="answers")
    actor_key = models.CharField(max_length=64)
    act_id = models.CharField(max_length=64)
    content = models.CharField(max_length=64)  # sha256 of the act's name and data
    ok = models.BooleanField()
    code = models.CharField(max_length=64)
    params = models.TextField()  # canonical JSON
    rev = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "actor_key", "act_id"], name="answer_once_per_act")]

    def __str__(self) -> str:
        return f"{self.act_id} {self.code}"

"""Motions, votes, frozen rolls of mandates, ballots. Areas are integers of 0.01 ㎡."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.halls.models import Seat
from sessions.meetings.models import AgendaItem, Meeting, Presence


class Motion(models.Model):
    """A motion 动议 of an agenda item, with the preset of the rule that applies."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="motions")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="motions")
    no = models.CharField(max_length=10)  # 1-1
    text = models.TextField()
    preset = models.CharField(max_length=40)  # voting.presets
    shown = models.BooleanField(default=False)  # the facilitator has put it to the hall

    class Meta:
        ordering = ["item__no", "no"]
        constraints = [models.UniqueConstraint(fields=["meeting", "no"], name="motion_once_per_no")]

    def __str__(self) -> str:
        return self.no


class Vote(models.Model):
    """A vote 表决 on a motion: opened with motion, rule and roll frozen and hashed, closed, revealed.

    `frozen` is the canonical JSON of motion text and rule; `digest` is its sha256 together with the roll's.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        REVEALED = "revealed", _("Revealed")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="votes")
    motion = models.OneToOneField(Motion, models.PROTECT, related_name="vote")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    frozen = models.TextField()
    roll_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    result = models.TextField(blank=True)  # canonical JSON of the verdict with every figure; from the close on
    late = models.PositiveIntegerField(default=0)  # ballots that came after the close

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting"], condition=models.Q(state="open"), name="one_open_vote")
        ]

    def __str__(self) -> str:
        return f"vote on {self.motion_id}"


class Mandate(models.Model):
    """A mandate 票权: one line of the frozen roll 表决名册; one mandate, one ballot. The database refuses changes."""

    vote = models.ForeignKey(Vote, models.PROTECT, related_name="mandates")
    no = models.PositiveIntegerField()  # place in roll order
    label = models.CharField(max_length=120)  # doors and name, staff only
    building = models.CharField(max_length=10, blank=True)  # for turnout by building
    heads = models.PositiveIntegerField()
    area_x100 = models.PositiveIntegerField()
    households = models.PositiveIntegerField()

    class Meta:
        ordering = ["no"]
        constraints = [models.UniqueConstraint(fields=["vote", "no"], name="mandate_once_per_place")]

    def __str__(self) -> str:
        return f"{self.vote_id}/{self.no}"


class Holder(models.Model):
    """A seat that may cast a mandate's ballot: itself, or by proxy 委托. Frozen with the roll."""

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="holders")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="mandates")
    by_proxy = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mandate", "seat"], name="holder_once")]

    def __str__(self) -> str:
        return f"{self.mandate_id} {self.seat_id}"


class Ballot(models.Model):
    """A ballot 选票 of a named or recorded vote; at most one per mandate, over all channels."""

    class Choice(models.TextChoices):
        FOR = "for", _("For")
        AGAINST = "against", _("Against")
        ABSTAIN = "abstain", _("Abstain")

    mandate = models.OneToOneField(Mandate, models.PROTECT, primary_key=True, related_name="ballot")
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="ballots")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    channel = models.CharField(max_length=8, choices=Presence.Channel.choices)
    by_proxy = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)  # compare-and-set: a delayed old packet never wins
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ballot {self.mandate_id}"

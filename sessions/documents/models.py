"""Numbers in gap-free series, and the documents that carry them."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions.halls.models import Hall, Node
from sessions.record.models import Stream


class Kind(models.TextChoices):
    MINUTES = "minutes", _("Minutes")  # 纪要
    RESOLUTION = "resolution", _("Resolution")  # 决议


class Series(models.Model):
    """A gap-free series of numbers: per office, kind and year. Its row is locked while a number is taken."""

    office = models.ForeignKey(Node, models.PROTECT, related_name="series")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    year = models.PositiveIntegerField()
    next = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "kind", "year"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"


class Document(models.Model):
    """A document 文书: numbered first, then rendered and signed, then published. `file` lies in the data folder."""

    class State(models.TextChoices):
        NUMBERED = "numbered", _("Numbered")
        PUBLISHED = "published", _("Published")

    hall = models.ForeignKey(Hall, models.PROTECT, related_name="documents")
    meeting = models.ForeignKey(Stream, models.PROTECT, related_name="documents")
    office = models.ForeignKey(Node, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    subject = models.CharField(max_length=10, blank=True)  # the motion's number, for a resolution
    year = models.PositiveIntegerField()
    serial = models.PositiveIntegerField()
    number = models.CharField(max_length=60, unique=True)  # 福苑里议纪〔2026〕47号
    check_code = models.CharField(max_length=9)  # 8K4T-2M7X
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)  # one sentence for the archive
    state = models.CharField(max_length=10, choices=State.choices, default=State.NUMBERED)
    numbered_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=200, blank=True)  # relative to the data folder's documents/
    record_head = models.CharField(max_length=64)  # digest of the meeting's last entry

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "kind", "year", "serial"], name="serial_once_per_series"),
            models.UniqueConstraint(fields=["meeting", "kind", "subject"], name="one_document_per_subject"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def month(self) -> date | None:
        """The first day of the month of publication, in the hall's time."""
        return timezone.localtime(self.published_at).date().replace(day=1) if self.published_at else None

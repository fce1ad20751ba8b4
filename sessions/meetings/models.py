"""The sitting: meeting, agenda items, presence, proxies, the floor, remarks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.halls.models import Hall, Seat, Venue
from sessions.record.models import Stream


class Meeting(models.Model):
    """A meeting 会议 of a hall. Its stream holds the record; `rev` on the wire is the stream's."""

    class Form(models.TextChoices):
        JOINT = "joint", _("Joint meeting")  # 联席会
        OPEN_TALK = "open_talk", _("Open talk")  # 恳谈会
        MEDIATION = "mediation", _("Mediation meeting")  # 协调会

    class State(models.TextChoices):
        CONVENED = "convened", _("Not yet begun")
        CHECK_IN = "check_in", _("Check-in")
        SITTING = "sitting", _("In session")
        CLOSED = "closed", _("Closed")

    stream = models.OneToOneField(Stream, models.PROTECT, primary_key=True, related_name="meeting")
    hall = models.ForeignKey(Hall, models.PROTECT, related_name="meetings")
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True)
    form = models.CharField(max_length=16, choices=Form.choices)
    year = models.PositiveIntegerField()
    ordinal = models.PositiveIntegerField()  # the n-th of the year
    title = models.CharField(max_length=120)
    also = models.CharField(max_length=200, blank=True)  # 议题一同时作为业主大会会议 …
    notice_on = models.DateField(null=True, blank=True)
    starts_at = models.DateTimeField()
    join_code = models.CharField(max_length=6)
    rules_version = models.CharField(max_length=120, blank=True)
    chair = models.CharField(max_length=60, blank=True)  # who presides, as printed
    secretary = models.CharField(max_length=60, blank=True)
    speech_seconds = models.PositiveIntegerField(default=120)
    presenter_seconds = models.PositiveIntegerField(default=180)
    speeches_per_item = models.PositiveIntegerField(default=2)
    comment_pause_seconds = models.PositiveIntegerField(default=20)  # between two remarks of one seat
    state = models.CharField(max_length=12, choices=State.choices, default=State.CONVENED)
    households = models.PositiveIntegerField(default=0)  # entitled 应到; counted once, when check-in opens
    opened_at = models.DateTimeField(null=True, blank=True)  # the sitting begins
    closed_at = models.DateTimeField(null=True, blank=True)
    item = models.ForeignKey("AgendaItem", models.SET_NULL, null=True, blank=True, related_name="+")  # now
    list_open = models.BooleanField(default=True)  # whether the speakers' list takes names
    wall = models.CharField(max_length=20, default="auto")  # what the facilitator put on the wall (see rules.WALL)
    wall_remark = models.ForeignKey("Remark", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hall", "year", "ordinal"], name="meeting_once_per_ordinal"),
            models.UniqueConstraint(
                fields=["join_code"], condition=~models.Q(state="closed"), name="join_code_once_among_open"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AgendaItem(models.Model):
    """An agenda item 议题; `kinds` of 评 rate, 议 deliberate, 定 decide."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To come")
        NOW = "now", _("Now")
        DONE = "done", _("Done")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    no = models.PositiveIntegerField()
    title = models.CharField(max_length=60)
    kinds = models.CharField(max_length=10)
    minutes = models.PositiveIntegerField(default=15)
    proposed_by = models.CharField(max_length=120, blank=True)
    background = models.TextField(blank=True)  # at most three lines
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)

    class Meta:
        ordering = ["no"]
        constraints = [models.UniqueConstraint(fields=["meeting", "no"], name="item_once_per_no")]

    def __str__(self) -> str:
        return f"{self.no} {self.title}"


class Presence(models.Model):
    """That a seat is, or was, in the hall. Present = arrived and not left."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")  # 扫码
        TABLET = "tablet", _("Tablet")  # 平板
        DESK = "desk", _("Desk")  # 代录

    seat = models.OneToOneField(Seat, models.PROTECT, related_name="presence")
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="presences")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.seat_id} {self.channel}"


class Proxy(models.Model):
    """A written proxy 书面委托 for the owners' votes of this meeting: `principal`'s seat is voted by `holder`."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="proxies")
    principal = models.ForeignKey(Seat, models.PROTECT, related_name="proxies_given")
    holder = models.ForeignKey(Seat, models.PROTECT, related_name="proxies_held")
    cancelled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "principal"],
                condition=models.Q(cancelled=False),
                name="one_live_proxy_per_principal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.principal_id} → {self.holder_id}"


class SpeakRequest(models.Model):
    """A request to speak 发言登记 on an item: 问 question, 答 answer, 辩 debate (for, against, add)."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        ANSWER = "answer", _("Answer")
        DEBATE = "debate", _("Debate")

    class Stance(models.TextChoices):
        NONE = "", ""
        FOR = "for", _("For")
        AGAINST = "against", _("Against")
        ADD = "add", _("To add")

    class State(models.TextChoices):
        WAITING = "waiting"
        CALLED = "called"
        DONE = "done"
        WITHDRAWN = "withdrawn"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="requests")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="requests")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="requests")
    no = models.PositiveIntegerField()  # order of arrival in this meeting
    kind = models.CharField(max_length=10, choices=Kind.choices)
    stance = models.CharField(max_length=8, choices=Stance.choices, blank=True, default="")
    channel = models.CharField(max_length=8, choices=Presence.Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "no"], name="request_once_per_no"),
            models.UniqueConstraint(
                fields=["meeting", "seat"], condition=models.Q(state="waiting"), name="one_waiting_request_per_seat"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.no} {self.kind}"


class Speech(models.Model):
    """A speech 发言: a called request, its clock and its end. At most one runs in a meeting."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="speeches")
    request = models.OneToOneField(SpeakRequest, models.PROTECT, related_name="speech")
    started_at = models.DateTimeField()
    limit_seconds = models.PositiveIntegerField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting"], condition=models.Q(ended_at=None), name="one_speech_at_a_time")
        ]

    def __str__(self) -> str:
        return f"speech {self.pk}"


class Remark(models.Model):
    """A written comment 意见 or question 提问; nothing is shown before it is approved."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        QUESTION = "question", _("Question")

    class State(models.TextChoices):
        HELD = "held", _("Waiting")
        SHOWN = "shown", _("Shown")
        HIDDEN = "hidden", _("Hidden")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="remarks")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="remarks")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="remarks")
    no = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=200)
    signed = models.BooleanField(default=False)  # else shown as 一位居民
    channel = models.CharField(max_length=8, choices=Presence.Channel.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.HELD)
    reason = models.CharField(max_length=20, blank=True)  # category, when hidden
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "no"], name="remark_once_per_no")]

    def __str__(self) -> str:
        return f"{self.no} {self.kind}"

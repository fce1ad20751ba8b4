"""Acts on documents, all on the office stream of a hall: numbering, publishing, joining a series in mid-year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions.halls.access import OFFICE
from sessions.halls.acts import hall_of
from sessions.halls.models import Hall, Node
from sessions.meetings.models import Meeting
from sessions.record.acts import Scene, act, refusal
from sessions.record.chain import Personal, head
from voting.models import Vote

from .models import Document, Kind, Series
from .numbers import new_check_code, number_of

NO_MEETING = refusal("document.no_meeting", _("This hall has no such meeting."))
NOT_CLOSED = refusal("document.not_closed", _("Minutes and resolutions are made when the meeting is closed."))
NOT_DECIDED = refusal("document.not_decided", _("A resolution can be made only of a motion that passed."))
NO_OFFICE = refusal(
    "document.no_office", _("This hall belongs to no community, so its documents have no series of numbers.")
)
NO_DOCUMENT = refusal("document.unknown", _("There is no such document in this hall."))
OTHER_FILE = refusal("document.other_file", _("This document is published already, with another file."))
NUMBER_USED = refusal("series.used", _("Numbers up to %(last)s are in use; the next one cannot be %(next)s."))


def office_of(hall: Hall) -> Node:
    """The office whose series number a hall's documents: the community above it. Raises `Refused` if there is none."""
    above = [int(part) for part in hall.node.path.split("/") if part]
    office = Node.objects.filter(pk__in=above, kind=Node.Kind.COMMUNITY).first()
    if office is None:
        raise NO_OFFICE()
    return office


def locked_series(office: Node, kind: str, year: int) -> Series:
    """The series, its row locked until the transaction ends: two halls of one office never take one number."""
    Series.objects.get_or_create(office=office, kind=kind, year=year)
    return Series.objects.select_for_update().get(office=office, kind=kind, year=year)


class NextForm(forms.Form):
    """`next` is the first number this installation gives; the office has given the ones before it elsewhere."""

    kind = forms.ChoiceField(choices=Kind.choices)
    year = forms.IntegerField(min_value=2000, max_value=2100)
    next = forms.IntegerField(min_value=1, max_value=99999)
    reason = forms.CharField(max_length=200)


@act("series.set_next", form=NextForm, right=OFFICE, locate=hall_of, said=_("The next number is %(next)s."))
def set_next(*, scene: Scene[Hall], kind: str, year: int, next: int, reason: str) -> Mapping[str, Any]:
    """Join a series in mid-year, before its first number is given here."""
    series = locked_series(office_of(scene.subject), kind, year)
    last = Document.objects.filter(office=series.office, kind=kind, year=year).order_by("-serial").first()
    if last is not None:
        raise NUMBER_USED(last=last.serial, next=next)
    series.next = next
    series.save(update_fields=["next"])
    scene.write(
        "series.next_set",
        {"office": series.office.name, "kind": kind, "year": year, "next": next, "reason": Personal(reason)},
    )
    return {"next": next}


class NumberForm(forms.Form):
    """`subject` is the number of the motion, for a resolution."""

    meeting = forms.UUIDField()
    kind = forms.ChoiceField(choices=Kind.choices)
    subject = forms.CharField(max_length=10, required=False)


@act("document.number", form=NumberForm, right=OFFICE, locate=hall_of, said=_("Number %(number)s is given."))
def number(*, scene: Scene[Hall], meeting: str, kind: str, subject: str) -> Mapping[str, Any]:
    """Take the next number for the minutes or a resolution of a closed meeting; a second time it is the same one."""
    sitting = Meeting.objects.select_related("stream").filter(pk=UUID(meeting), hall=scene.subject).first()
    if sitting is None:
        raise NO_MEETING()
    if not sitting.stream.sealed:
        raise NOT_CLOSED()
    subject = subject if kind == Kind.RESOLUTION else ""
    given = Document.objects.filter(meeting=sitting.stream, kind=kind, subject=subject).first()
    if given is not None:
        return {"document": given.pk, "number": given.number}
    title = f"{sitting.title}纪要"
    if kind == Kind.RESOLUTION:
        vote = Vote.objects.select_related("motion__item").filter(meeting=sitting, motion__no=subject).first()
        if vote is None or not passed(vote):
            raise NOT_DECIDED()
        title = f"关于{vote.motion.item.title}的决定"  # as the document itself says
    series = locked_series(office_of(scene.subject), kind, sitting.year)
    document = Document.objects.create(
        hall=scene.subject,
        meeting=sitting.stream,
        office=series.office,
        kind=kind,
        subject=subject,
        year=sitting.year,
        serial=series.next,
        number=number_of(kind, scene.subject.short, sitting.year, series.next),
        check_code=new_check_code(),
        title=title,
        numbered_at=scene.now,
        record_head=head(sitting.stream)[1],
    )
    series.next += 1
    series.save(update_fields=["next"])
    scene.write(
        "document.numbered",
        {
            "number": document.number,
            "kind": kind,
            "subject": subject,
            "meeting": str(sitting.stream_id),
            "record_head": document.record_head,
        },
    )
    return {"document": document.pk, "number": document.number}


class PublishForm(forms.Form):
    """`sha256` of the signed file, which lies in the data folder already; `summary` is its one sentence."""

    document = forms.IntegerField(min_value=1)
    sha256 = forms.RegexField(r"^[0-9a-f]{64}$")
    file = forms.RegexField(r"^[\w.-]{1,200}$")
    summary = forms.CharField(max_length=1000, required=False)


@act("document.publish", form=PublishForm, right=OFFICE, locate=hall_of, said=_("%(number)s is published."))
def publish(*, scene: Scene[Hall], document: int, sha256: str, file: str, summary: str) -> Mapping[str, Any]:
    """Put a numbered, signed document into the public archive."""
    found = Document.objects.filter(pk=document, hall=scene.subject).first()
    if found is None:
        raise NO_DOCUMENT()
    if found.state == Document.State.PUBLISHED:
        if found.sha256 != sha256:
            raise OTHER_FILE()
        return {"number": found.number}
    found.state = Document.State.PUBLISHED
    found.published_at = scene.now
    found.sha256, found.file, found.summary = sha256, file, summary
    found.save()
    scene.write(
        "document.published",
        {
            "number": found.number,
            "kind": found.kind,
            "sha256": sha256,
            "meeting": str(found.meeting_id),
            "record_head": found.record_head,
        },
    )
    return {"number": found.number}


def passed(vote: Vote) -> bool:
    """Whether the motion passed, as revealed to the hall."""
    return vote.state == Vote.State.REVEALED and outcome_of(vote) == "passed"


def outcome_of(vote: Vote) -> str:
    """passed, failed or no_quorum, as worked out at the close."""

    return str(json.loads(vote.result)["outcome"])

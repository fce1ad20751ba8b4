"""Convening 召集: a meeting with its agenda and seats comes into being; written on the hall's office stream."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sessions.halls.access import OFFICE, households_below
from sessions.halls.acts import hall_of, system
from sessions.halls.models import Hall, Venue
from sessions.halls.seats import make_seats
from sessions.record.acts import Scene, act, refusal
from sessions.record.chain import spell
from sessions.record.models import Stream

from ..access import either
from ..forms import ConveneForm
from ..models import AgendaItem, Meeting
from .seats import official_seats

ORDINAL_TAKEN = refusal(
    "meeting.ordinal_taken",
    _("Meeting no. %(ordinal)s of %(year)s has been convened already. Please choose the next number."),
)
CODE_TAKEN = refusal("meeting.code_taken", _("Another meeting uses the code %(code)s now. Please choose another one."))
VENUE_UNKNOWN = refusal("meeting.venue_unknown", _("This venue does not belong to this hall."))

_SETTINGS = ("speech_seconds", "presenter_seconds", "speeches_per_item", "comment_pause_seconds")


def _code_in_use(code: str) -> bool:
    return Meeting.objects.filter(join_code=code).exclude(state=Meeting.State.CLOSED).exists()


def _unused_code() -> str:
    """Six digits that no open meeting has. Another hall may take them at this moment: then the act is done anew."""
    while True:
        code = f"{secrets.randbelow(900_000) + 100_000}"
        if not _code_in_use(code):
            return code


@act(
    "meeting.convene",
    form=ConveneForm,
    right=either(OFFICE, system),
    locate=hall_of,
    said=_("The meeting is convened."),
)
def convene(
    *, scene: Scene[Hall], items: list[dict[str, Any]], officials: list[dict[str, Any]], **data: Any
) -> Mapping[str, Any]:
    hall, year, ordinal = scene.subject, data["year"], data["ordinal"]
    if Meeting.objects.filter(hall=hall, year=year, ordinal=ordinal).exists():
        raise ORDINAL_TAKEN(year=year, ordinal=ordinal)
    if data["join_code"] and _code_in_use(data["join_code"]):
        raise CODE_TAKEN(code=data["join_code"])
    venue = Venue.objects.filter(pk=data["venue"], hall=hall).first() if data["venue"] else None
    if data["venue"] and venue is None:
        raise VENUE_UNKNOWN()

    stream = Stream.objects.create(purpose=Stream.Purpose.MEETING)
    meeting = Meeting.objects.create(
        stream=stream,
        hall=hall,
        venue=venue,
        form=data["form"],
        year=year,
        ordinal=ordinal,
        title=data["title"],
        also=data["also"],
        notice_on=date.fromisoformat(data["notice_on"]) if data["notice_on"] else None,
        starts_at=datetime.fromisoformat(data["starts_at"]),
        join_code=data["join_code"] or _unused_code(),
        rules_version=data["rules_version"],
        chair=data["chair"],
        secretary=data["secretary"],
        **{name: data[name] for name in _SETTINGS if data[name] is not None},
    )
    AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=meeting,
            no=item["no"],
            title=item["title"],
            kinds=item["kinds"],
            minutes=item["minutes"],
            proposed_by=item["proposed_by"],
            background="\n".join(item["background"]),
        )
        for item in items
    )
    residents = make_seats(stream, hall.node)
    attending = official_seats(stream, [(row["name"], row["office"]) for row in officials])
    scene.write(
        "meeting.convened",
        {
            "meeting": stream.id,
            "title": meeting.title,
            "form": meeting.form,
            "year": year,
            "ordinal": ordinal,
            "starts_at": spell(meeting.starts_at),
            "notice_on": meeting.notice_on,
            "items": [{"no": item["no"], "title": item["title"], "kinds": item["kinds"]} for item in items],
            "households": households_below(hall.node).count(),
            "seats": {"residents": len(residents), "officials": len(attending)},
        },
    )
    return {"meeting": str(stream.id)}

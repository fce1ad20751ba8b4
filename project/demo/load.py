"""Load 装入: build the demo hall through the acts that any hall is built with; a second time changes nothing.

Every act has an id of its own, so what was done before is answered from the record and what a broken-off run has left
open is done now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from project.launch.folder import DEMO_MARK, write_private
from sessions.halls.access import slip_token, staff_actor
from sessions.halls.acts import found_hall, import_roster
from sessions.halls.faults import FaultError
from sessions.halls.models import Hall, Household, Node, Seat, Venue
from sessions.halls.tree import add_node
from sessions.meetings.access import meeting_of
from sessions.meetings.models import Meeting
from sessions.record import clock
from sessions.record.acts import Actor, Answer, Office, Refused
from sessions.record.scribe import perform

from . import data
from .data import DIRECTOR, OPERATOR, SECRETARY, STAFF

FIRST_PHONE = "1-1-201"  # the door whose slip the launcher prints
MOTION = "1-1"
K = Node.Kind


class LoadError(Exception):
    """Why the demo cannot be loaded, in one sentence."""


def load() -> Meeting:
    """The demo meeting, with all that belongs to it; made where it is not there. Its check-in is open.

    Raises `LoadError` outside a demo data folder, and where an act is refused.
    """
    if not settings.DEMO:
        raise LoadError(_("This is no demo data folder; the demo hall is loaded by ./hall demo alone."))
    notice = datetime.fromisoformat(f"{data.meeting()['meeting']['notice_on']}T09:00:00+08:00")
    clock.step(notice)  # the entries are of the day on which the script convenes
    try:
        hall = _hall()
        _roster(hall)
        _staff(hall)
        _series(hall)
        meeting = _convened(hall)
        clock.step(data.timeline("签到开始"))
        _do("meeting.open_check_in", _as(OPERATOR), meeting.stream_id)
    except Refused as refused:
        raise LoadError(_said(Answer("", False, refused.code, refused.params))) from refused
    except FaultError as wrong:
        raise LoadError(str(wrong.at(0).words)) from wrong
    _tell_the_launcher(meeting)
    return meeting_of(meeting.stream_id)


def _do(name: str, actor: Actor, stream: UUID, *, act_id: str = "", **fields: Any) -> Mapping[str, Any]:
    answer = perform(name, actor=actor, stream=stream, data=fields, act_id=f"demo-load-{act_id or name}")
    if not answer.ok:
        raise LoadError(f"{name}: {_said(answer)}")
    return answer.params


def _said(answer: Answer) -> str:
    errors = (f"{field}: {' '.join(sentences)}" for field, sentences in answer.errors.items())
    return " ".join([answer.words(get_language() or settings.LANGUAGE_CODE), *errors])


def _as(name: str) -> Actor:
    """One of the demo's staff as an actor."""
    return staff_actor(get_user_model().objects.get(username=STAFF[name][0]))


# --- place and people ------------------------------------------------------------------------------------
def _hall() -> Hall:
    setting = data.meeting()["setting"]
    node: Node | None = None
    for kind in (K.DISTRICT, K.STREET, K.COMMUNITY, K.ESTATE):
        node = add_node(node, kind, setting[kind.value])
    assert node is not None
    hall = Hall.objects.filter(node=node, name=setting["hall"]).first() or found_hall(
        node=node,
        name=setting["hall"],
        short=setting["community"].removesuffix("社区"),
        slogan=setting["slogan"],
    )
    venues = [{"name": setting["hall"], "place": setting["hall_place"], "seats": setting["seats"]}]
    for venue in venues + setting["other_venues"]:
        Venue.objects.get_or_create(
            hall=hall, name=venue["name"], defaults={"place": venue["place"], "seats": venue.get("seats", 0)}
        )
    return hall


def _roster(hall: Hall) -> None:
    if not Household.objects.filter(node=hall.node).exists():
        import_roster(hall, data.ROSTER.read_bytes(), act_id="demo-load-roster")


def _staff(hall: Hall) -> None:
    """Accounts and roles on the community, for those of the script who work at the meeting. None has a password."""
    offices = {person["name"]: person["office"] for person in data.meeting()["people"]}
    community = Node.objects.get(kind=K.COMMUNITY, children=hall.node)
    users = get_user_model().objects
    for name, (username, kinds) in STAFF.items():
        user = users.filter(username=username).first() or users.create_user(username, first_name=name)
        for kind in kinds:
            _do(
                "staff.appoint",
                Office(),
                hall.office_id,
                act_id=f"{username}-{kind}",
                user=user.pk,
                node=community.pk,
                kind=str(kind),
                office=offices[name],
            )


def _series(hall: Hall) -> None:
    """The office joins its series of numbers in mid-year: what came before was numbered by hand."""
    numbers, year = data.meeting()["supplied_numbers"], data.meeting()["meeting"]["year"]
    for kind in ("minutes", "resolution"):
        _do(
            "series.set_next",
            _as(SECRETARY),
            hall.office_id,
            act_id=f"series-{kind}",
            kind=kind,
            year=year,
            next=numbers[f"{kind}_series_next"],
            reason="本年度此前的文件由社区手工编号",
        )


# --- the meeting -----------------------------------------------------------------------------------------
def _convened(hall: Hall) -> Meeting:
    whole = data.meeting()
    told, offices = whole["meeting"], {person["name"]: person["office"] for person in whole["people"]}
    stream = UUID(
        _do(
            "meeting.convene",
            _as(DIRECTOR),
            hall.office_id,
            title=told["title"],
            form=data.FORMS[told["form"]],
            year=told["year"],
            ordinal=told["ordinal"],
            starts_at=told["starts_at"],
            venue=Venue.objects.get(hall=hall, name=told["venue"]).pk,
            join_code=told["join_code"],
            notice_on=told["notice_on"],
            also=told["also"],
            chair=data.CHAIR,
            secretary=SECRETARY,
            rules_version=told["rules_version"],
            speech_seconds=told["speech_limit_s"],
            presenter_seconds=whole["supplied_presenter_limit_s"],
            speeches_per_item=told["speeches_per_item"],
            items=[
                {key: item[key] for key in ("no", "title", "kinds", "minutes", "proposed_by", "background")}
                for item in whole["agenda"]
            ],
            officials=[{"name": name, "office": offices[name]} for name in whole["guests_in_minutes"]],
        )["meeting"]
    )
    motion = data.motion(MOTION)
    _do(
        "motion.add",
        _as(OPERATOR),
        stream,
        item=motion["item"],
        no=motion["no"],
        text=motion["text"],
        preset=motion["rule_preset"],
    )
    return meeting_of(stream)


def demo_meeting() -> Meeting | None:
    """The demo meeting, if it is loaded."""
    told = data.meeting()["meeting"]
    found = Meeting.objects.filter(year=told["year"], ordinal=told["ordinal"], hall__name=told["venue"])
    return found.select_related("hall__node", "venue").first()


def seats_by_door(meeting: Meeting) -> dict[str, Seat]:
    """The seat of who lives behind each door."""
    homes = {home.door: home.name for home in data.homes().values()}
    seats = Seat.objects.filter(stream=meeting.stream_id).exclude(household=None).select_related("household", "person")
    return {seat.household.door: seat for seat in seats if seat.household and homes[seat.household.door] == seat.name}


def _tell_the_launcher(meeting: Meeting) -> None:
    """The addresses that the launcher prints, in the mark of the demo folder."""
    path = Path(settings.DATA) / DEMO_MARK
    mark = json.loads(path.read_text("utf-8"))
    pages = {
        "wall": reverse("demo:enter", kwargs={"door": "wall"}),
        "console": reverse("demo:enter", kwargs={"door": "console"}),
        "phone": reverse("live:slip", kwargs={"slip": slip_token(seats_by_door(meeting)[FIRST_PHONE])}),
    }
    if mark.get("pages") != pages:
        write_private(path, json.dumps(mark | {"pages": pages}, ensure_ascii=False) + "\n")

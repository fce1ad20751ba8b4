"""The sitting: check-in opens, the meeting begins, items start and end, the meeting closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sessions.halls.access import CHAIR, FLOOR, OFFICE, households_below
from sessions.halls.models import Node
from sessions.halls.seats import make_seats
from sessions.record.acts import Scene, act
from sessions.record.chain import public, spell

from .. import rules
from ..access import either, meeting_of
from ..forms import ItemForm, WallForm
from ..models import AgendaItem, Meeting
from ..reads.attendance import attendance, present
from .floor import drop_waiting, end_running
from .order import NO_ITEM, doors_open, item_by_no, sitting
from .remarks import free_wall

State = Meeting.State


def community_of(node: Node) -> str:
    """The name of the community 社区 a node belongs to, or its own name where there is none."""
    above = [int(part) for part in node.path.split("/") if part]
    name = Node.objects.filter(pk__in=above, kind=Node.Kind.COMMUNITY).values_list("name", flat=True).first()
    return name or node.name


@act(
    "meeting.open_check_in",
    right=either(FLOOR, OFFICE),
    locate=meeting_of,
    said=_("Check-in is open. People can come in."),
)
def open_check_in(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    meeting = scene.subject
    if meeting.state in (State.CHECK_IN, State.SITTING):
        return {"already": True}
    if meeting.state == State.CLOSED:
        doors_open(meeting)
    make_seats(meeting.stream, meeting.hall.node)  # for those who came onto the roster since the meeting was convened
    meeting.state = State.CHECK_IN
    meeting.households = households_below(meeting.hall.node).count()
    meeting.save(update_fields=["state", "households"])
    venue = meeting.venue
    scene.write(
        "meeting.check_in_opened",
        {
            "hall": meeting.hall.name,
            "community": community_of(meeting.hall.node),
            "title": meeting.title,
            "form": meeting.form,
            "year": meeting.year,
            "ordinal": meeting.ordinal,
            "venue": venue.name if venue else "",
            "place": venue.place if venue else "",
            "starts_at": spell(meeting.starts_at),
            "notice_on": meeting.notice_on,
            "also": meeting.also,
            "chair": public(meeting.chair),
            "secretary": public(meeting.secretary),
            "rules_version": meeting.rules_version,
            "items": [
                {
                    "no": item.no,
                    "title": item.title,
                    "kinds": item.kinds,
                    "minutes": item.minutes,
                    "proposed_by": public(item.proposed_by),
                    "background": item.background.splitlines(),
                }
                for item in meeting.items.all()
            ],
            "entitled": {"households": meeting.households},
        },
    )
    return {"already": False}


@act("meeting.begin", right=CHAIR, locate=meeting_of, said=_("The meeting has begun."))
def begin(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    meeting = scene.subject
    doors_open(meeting)
    if meeting.state == State.SITTING:
        return {"already": True}
    meeting.state, meeting.opened_at = State.SITTING, scene.now
    meeting.save(update_fields=["state", "opened_at"])
    scene.write("meeting.begun", {"present": present(meeting)})
    return {"already": False}


@act(
    "meeting.quorum",
    right=CHAIR,
    locate=meeting_of,
    said=_("Noted for the minutes: %(households)s of %(of)s households are here."),
)
def note_quorum(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    meeting = scene.subject
    doors_open(meeting)
    here = present(meeting)
    reached = rules.quorum(here["households"], here["of"])
    scene.write("meeting.quorum_noted", {"present": here, "of": here["of"], "rule": "过半数", "reached": reached})
    return {"households": here["households"], "of": here["of"], "reached": reached}


def _end_item(scene: Scene[Meeting], item: AgendaItem) -> None:
    """End the running item: its running speech first, then its waiting list, then the item."""
    meeting = scene.subject
    end_running(scene)
    dropped = drop_waiting(meeting)
    item.state = AgendaItem.State.DONE
    item.save(update_fields=["state"])
    meeting.item = None
    meeting.save(update_fields=["item"])
    scene.write("item.ended", {"item": item.no, "title": item.title, "withdrawn": dropped})


@act("item.start", form=ItemForm, right=FLOOR, locate=meeting_of, said=_("The item is open."))
def start_item(*, scene: Scene[Meeting], item: int) -> Mapping[str, Any]:
    meeting = scene.subject
    sitting(meeting)
    chosen = item_by_no(meeting, item)
    if meeting.item_id == chosen.pk:
        return {"item": item, "already": True}
    if meeting.item is not None:
        _end_item(scene, meeting.item)
    chosen.state = AgendaItem.State.NOW
    chosen.save(update_fields=["state"])
    meeting.item, meeting.list_open = chosen, True  # a new item, a new list of speakers
    meeting.save(update_fields=["item", "list_open"])
    scene.write("item.started", {"item": chosen.no, "title": chosen.title})
    free_wall(scene)
    return {"item": item, "already": False}


@act("item.end", form=ItemForm, right=FLOOR, locate=meeting_of, said=_("The item is finished."))
def end_item(*, scene: Scene[Meeting], item: int) -> Mapping[str, Any]:
    meeting = scene.subject
    sitting(meeting)
    chosen = item_by_no(meeting, item)
    if chosen.state == AgendaItem.State.DONE:
        return {"item": item, "already": True}
    if meeting.item_id != chosen.pk:
        raise NO_ITEM()
    _end_item(scene, chosen)
    return {"item": item, "already": False}


@act("wall.show", form=WallForm, right=FLOOR, locate=meeting_of, said=_("The big screen has changed."))
def show_on_wall(*, scene: Scene[Meeting], view: str) -> Mapping[str, Any]:
    meeting = scene.subject
    if meeting.state == State.CLOSED:
        doors_open(meeting)
    if meeting.wall == view:
        return {"view": view, "already": True}
    meeting.wall = view
    meeting.save(update_fields=["wall"])
    scene.write("wall.shown", {"view": view})
    return {"view": view, "already": False}


@act("meeting.close", right=CHAIR, locate=meeting_of, said=_("The meeting is closed. Thank you all for coming."))
def close(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    meeting = scene.subject
    if meeting.state == State.CLOSED:
        return {"already": True}
    doors_open(meeting)
    if meeting.item is not None:
        _end_item(scene, meeting.item)
    here = attendance(meeting)
    meeting.state, meeting.closed_at = State.CLOSED, scene.now
    meeting.save(update_fields=["state", "closed_at"])
    scene.write(
        "meeting.closed",
        {
            "present": present(meeting),
            "guests": here.guests,
            "officials": len(here.officials),
            "proxies": here.proxies,
            "ended_at": spell(scene.now),
        },
    )
    scene.seal()
    return {"already": False}

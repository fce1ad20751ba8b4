"""The desk 签到台: every door with who is there, and one person beside it for whom something is entered.

For staff alone. The parts are the counts, one small part for each door (`row-<household>`, so that of six hundred doors
only the changed one goes out), and those in attendance. The list with its search (`doors`) and the person (`panel`) are
made for one reader by GET and never replaced by a frame: nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from sessions.halls.models import Seat
from sessions.meetings import reads as sitting
from sessions.meetings.access import meeting_of
from sessions.meetings.models import Meeting
from sessions.meetings.reads import DeskDoor, DeskSeat
from voting import reads as votes

from .person import panel

__all__ = ["doors", "page", "panel", "parts"]

_ROWS_KEPT = 8192  # of some 600 bytes each: a dozen large halls


def parts(stream: UUID) -> Mapping[str, str]:
    """`counts`, `others` (those in attendance) and `row-<household>` for each door."""
    meeting = meeting_of(stream)
    context = {
        "attendance": sitting.attendance(meeting),
        "officials": _standing(meeting, Seat.Standing.OFFICIAL),
        "over": meeting.state == Meeting.State.CLOSED,
    }
    made = {
        "counts": render_to_string("live/desk/counts.html", context).strip(),
        "others": render_to_string("live/desk/others.html", context).strip(),
    }
    language = get_language() or "zh-hans"
    return made | {f"row-{door.household}": _row(door, language) for door in sitting.desk_doors(meeting)}


@lru_cache(maxsize=_ROWS_KEPT)
def _row(door: DeskDoor, language: str) -> str:
    with override(language):
        return render_to_string("live/desk/row.html", {"door": door}).strip()


def page(
    stream: UUID, query: Mapping[str, str], *, helper: str = "", typed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What the page needs besides the parts, made for one reader: the list of `doors` and the `panel`."""
    beside = panel(stream, query.get("seat", ""), query, helper=helper, typed=typed)
    return {"doors": doors(stream, query), "panel": beside}


def doors(stream: UUID, query: Mapping[str, str]) -> str:
    """The list of doors with its search and filters; `query` is the address's: q, show, seat."""
    meeting = meeting_of(stream)
    show = query.get("show", "all")
    searched = query.get("q", "").strip()[:40]
    language = get_language() or "zh-hans"
    unvoted = _unvoted(meeting)
    found = () if show == "others" else _chosen(sitting.desk_doors(meeting, searched), show, unvoted)
    context = {
        "q": searched,
        "show": show,
        "voting": unvoted is not None,
        "rows": [_row(door, language) for door in found],
        "officials": _standing(meeting, Seat.Standing.OFFICIAL),
        "others": _others(meeting, show, searched),
        "over": meeting.state == Meeting.State.CLOSED,
    }
    return _current(render_to_string("live/desk/doors.html", context).strip(), query.get("seat", ""))


def _standing(meeting: Meeting, standing: str) -> list[DeskSeat]:
    return [seat for seat in sitting.desk_others(meeting) if seat.standing == standing]


def _others(meeting: Meeting, show: str, searched: str) -> list[DeskSeat]:
    """People without a door in the list: the guests on their own page, whoever is searched for on the others."""
    if show == "others":
        return _standing(meeting, Seat.Standing.GUEST)
    return [seat for seat in sitting.desk_others(meeting) if searched and searched in f"{seat.name} {seat.office}"]


def _chosen(found: tuple[DeskDoor, ...], show: str, unvoted: frozenset[UUID] | None) -> tuple[DeskDoor, ...]:
    if show == "away":
        return tuple(door for door in found if not door.present)
    if show == "here":
        return tuple(door for door in found if door.present)
    if show == "unvoted":
        return tuple(door for door in found if any(seat.id in (unvoted or ()) for seat in door.seats))
    return found


def _unvoted(meeting: Meeting) -> frozenset[UUID] | None:
    """The seats whose ballot the desk could enter and nobody has cast; None while no vote is open."""
    vote = votes.open_vote(meeting)
    if vote is None:
        return None
    waiting = {row.no for row in votes.desk_rows(vote) if row.may_enter and not row.is_cast}
    return frozenset(seat for seat, mandates in votes.ballot_holders(vote).items() if waiting & set(mandates))


def _current(html: str, seat: str) -> str:
    """The list with the chosen seat marked; the shared parts have no mark."""
    try:
        address = f'href="?seat={UUID(seat)}"'
    except ValueError:
        return html
    return html.replace(address, f'{address} aria-current="true"')

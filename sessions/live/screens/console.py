"""The console 主持台: agenda, what is now with the next sensible step, queue and remarks, the wall in miniature.

For staff alone: people stand here in full. `parts` is shared by all who look; `panel` is the page that asks first
(?ask=…), made for one reader and never replaced by a frame, so that nothing typed into it is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from sessions.meetings.reads import ItemLine
from sessions.meetings.words import REASONS
from voting import reads as votes
from voting.acts import LONGEST_MOTION, offered

from ..doors import new_act_id
from .stage import NUMERALS
from .steps import Console, held_by_hand, short
from .wall import view_of

PARTS = ("top", "agenda", "now", "queue", "remarks", "mirror")
WAITING_SHOWN, HELD_SHOWN, SHOWN_SHOWN = 8, 6, 3  # the rest stands on the pages that list them all
LONGEST_MINI = 40  # characters of a text in the miniature


@dataclass(frozen=True)
class AgendaLine:
    """An item with its motions as (number, state, outcome, its word) and the button that opens it out of turn."""

    item: ItemLine
    seal: str
    motions: tuple[tuple[str, str, str, str], ...]
    may_start: bool


@dataclass(frozen=True)
class Mini:
    """The wall in a few words: what stands on it, and its one figure."""

    kicker: str
    title: str
    figure: str = ""
    unit: str = ""


def parts(stream: UUID) -> Mapping[str, str]:
    """The six shared parts."""
    console = Console(stream)
    context = _context(console)
    templates = {name: f"live/console/{name}.html" for name in PARTS}
    templates["now"] = f"live/console/now/{_scene(console)}.html"
    return {name: render_to_string(template, context).strip() for name, template in templates.items()}


def _scene(console: Console) -> str:
    ended = console.scene == "speech" and console.speakers.speech is None  # between two reads; the next frame is near
    return "item" if console.scene == "floor" or ended else console.scene


def _context(console: Console) -> dict[str, Any]:
    view = view_of(console)
    shown = [remark for remark in console.words.shown if remark.on_wall]
    shown += [remark for remark in console.words.shown if not remark.on_wall]
    return console.context() | {
        "console": console,
        "agenda": _agenda(console),
        "waiting": console.waiting[:WAITING_SHOWN],
        "more_waiting": max(0, len(console.waiting) - WAITING_SHOWN),
        "held": console.words.held[:HELD_SHOWN],
        "shown": shown[:SHOWN_SHOWN],
        "open": console.meeting.state in {"check_in", "sitting"},
        "view": view,
        "mini": mini(console, view),
        "then": _("as now; press A to let the wall follow") if held_by_hand(console) else console.step.then,
    }


def _agenda(console: Console) -> list[AgendaLine]:
    """The agenda with each motion's state; an item may be opened out of turn unless a vote is pending."""
    quiet = console.meeting.state == "sitting" and console.scene not in {"voting", "counting"}
    lines = []
    for item in console.meeting.agenda:
        told = []
        for motion in console.motions:
            if motion.item == item.no:
                outcome, word = _outcome(console, motion.no) if motion.state == "revealed" else ("", "")
                told.append((motion.no, motion.state, outcome, word))
        seal = NUMERALS[item.no - 1] if item.no <= len(NUMERALS) else str(item.no)
        lines.append(AgendaLine(item, seal, tuple(told), quiet and not item.now))
    return lines


def _outcome(console: Console, no: str) -> tuple[str, str]:
    vote = votes.vote_view(console.row, no)
    return (vote.result.outcome, vote.result.word) if vote and vote.result else ("", "")


# --- the wall in miniature -------------------------------------------------------------------------------
def mini(console: Console, view: str) -> Mini:
    """What the wall shows now."""
    here, meeting, vote = console.attendance, console.meeting, console.vote
    if view == "wait":
        of = _("of %(n)s households") % {"n": here.of}
        return Mini(_("Waiting, with the large QR code"), meeting.title, str(here.households), of)
    if view == "quorum":
        of = _("of %(n)s households") % {"n": here.of}
        return Mini(_("How many of us are here"), "", str(here.households), of)
    if view == "remark" and console.remarks.on_wall is not None:
        remark = console.remarks.on_wall
        return Mini(_("Remark of %(name)s") % {"name": remark.shown_as}, short(remark.text, LONGEST_MINI))
    if view == "speech" and console.floor.speech is not None:
        return Mini(_("Speaking now"), console.floor.speech.shown_as)
    if view == "floor":
        return Mini(_("The floor is open"), console.floor.waiting[0].shown_as)
    if view == "motion" and console.motion is not None:
        return Mini(_("Motion %(no)s") % {"no": console.motion.no}, short(console.motion.text, LONGEST_MINI))
    if view in {"voting", "counting"} and vote is not None:
        kicker = _("The vote is open") if view == "voting" else _("The vote has ended; counting")
        title = _("Motion %(no)s") % {"no": vote.motion.no}
        return Mini(kicker, title, str(vote.cast), _("of %(n)s voted") % {"n": vote.mandates})
    if view == "result" and vote is not None and vote.result is not None:
        return Mini(_("Result of motion %(no)s") % {"no": vote.motion.no}, vote.result.word)
    if view == "over":
        return Mini(_("The meeting is over"), _("Thank you all"))
    if view == "black" or meeting.item is None:
        return Mini(_("Black"), "")
    return Mini(_("Item %(no)s") % {"no": meeting.item.no}, short(meeting.item.title, LONGEST_MINI))


def page(
    stream: UUID, query: Mapping[str, str], *, helper: str = "", typed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What the page needs besides the parts, made for one reader: `panel`. `helper` is for the desk alone."""
    return {"panel": panel(stream, query, typed=typed)}


# --- pages that ask first --------------------------------------------------------------------------------
def _close_vote(console: Console, _query: Mapping[str, str]) -> dict[str, Any] | None:
    return {} if console.vote is not None and console.vote.is_open else None


def _close_meeting(console: Console, _query: Mapping[str, str]) -> dict[str, Any] | None:
    return {} if console.meeting.state in {"check_in", "sitting"} else None


def _hide(console: Console, query: Mapping[str, str]) -> dict[str, Any] | None:
    every = (*console.words.held, *console.words.shown, *console.words.hidden)
    remark = next((each for each in every if str(each.no) == query.get("remark")), None)
    return None if remark is None else {"remark": remark, "reasons": REASONS}


def _remarks(console: Console, _query: Mapping[str, str]) -> dict[str, Any] | None:
    return {"back": "console?ask=remarks", "every": (*console.words.held, *console.words.shown, *console.words.hidden)}


def _queue(console: Console, _query: Mapping[str, str]) -> dict[str, Any] | None:
    return {"back": "console?ask=queue"}


def _motion(console: Console, query: Mapping[str, str]) -> dict[str, Any] | None:
    if console.meeting.state == "closed":
        return None
    items = console.meeting.agenda
    wanted = query.get("item") or str(console.meeting.item.no if console.meeting.item else items[0].no)
    taken = {motion.no for motion in console.motions}
    free = next(f"{wanted}-{n}" for n in range(1, len(taken) + 2) if f"{wanted}-{n}" not in taken)
    return {"wanted": wanted, "free": free, "presets": offered(), "longest": LONGEST_MOTION}


def _keys(console: Console, _query: Mapping[str, str]) -> dict[str, Any] | None:
    return {}


ASKS: dict[str, Callable[[Console, Mapping[str, str]], dict[str, Any] | None]] = {
    "close-vote": _close_vote,
    "close-meeting": _close_meeting,
    "hide": _hide,
    "remarks": _remarks,
    "queue": _queue,
    "motion": _motion,
    "keys": _keys,
}


def panel(stream: UUID, query: Mapping[str, str], *, typed: Mapping[str, str] | None = None) -> str:
    """The page that asks first, in place of the part `now`; "" where nothing is asked, or it is too late to ask.

    `query` is the address's (ask, remark, item); `typed` what a person wrote into a form that was refused.
    """
    made = ASKS.get(query.get("ask", ""))
    if made is None:
        return ""
    console = Console(stream)
    more = made(console, query)
    if more is None:
        return ""
    context = _context(console) | {"typed": typed or {}, "act_id": new_act_id} | more
    return render_to_string(f"live/console/ask/{query['ask'].replace('-', '_')}.html", context).strip()

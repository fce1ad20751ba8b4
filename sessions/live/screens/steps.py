"""Steps 步骤: the next sensible act of the facilitator in each state of a meeting, and the others open then.

The sequence of an item: open check-in → begin → note the quorum → start the item → call speakers → show the motion →
open, close and reveal the vote → the next item → close the meeting. Nothing here decides: an act that is out of order
is refused by the act itself, with its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions.meetings import reads as sitting
from sessions.meetings.models import Meeting
from sessions.meetings.rules import limit_seconds
from sessions.record.models import Entry
from voting import reads as votes
from voting.reads import MotionView

from .stage import Stage

ACTIONS = {"close-vote": "?ask=close-vote", "close-meeting": "?ask=close-meeting", "motion": "?ask=motion"}
_SIGNS = {"ArrowRight": "→", "BracketRight": "]"}
LONGEST_LABEL = 24  # characters of a title in a button


@dataclass(frozen=True)
class Press:
    """A button: an act with its fields, or the address of a page that asks first.

    key   the physical key that presses it (KeyboardEvent.code without "Key"), "" for none
    note  what it does, in small letters beside the label
    then  what the wall shows after it
    """

    label: str
    act: str = ""
    fields: tuple[tuple[str, str | int], ...] = ()
    href: str = ""
    key: str = ""
    note: str = ""
    icon: str = ""
    then: str = ""

    @property
    def sign(self) -> str:
        """The key as it is printed."""
        return _SIGNS.get(self.key, self.key)


@dataclass(frozen=True)
class Waiting:
    """One who waits, with the door or office beside the name."""

    line: sitting.StaffWaiting

    @property
    def where(self) -> str:
        if self.line.shown.office:
            return self.line.shown.office
        first, _space, rest = self.line.label.partition(" ")
        return first if rest and any(sign.isdecimal() for sign in first) else ""

    @property
    def name(self) -> str:
        return self.line.label.removeprefix(self.where).strip()


class Console(Stage):
    """The state of a meeting as the facilitator reads it, with everybody in full."""

    @cached_property
    def speakers(self) -> sitting.StaffFloor:
        return sitting.staff_floor(self.row)

    @cached_property
    def words(self) -> sitting.StaffRemarks:
        """All remarks."""
        return sitting.staff_remarks(self.row)

    @cached_property
    def motions(self) -> list[MotionView]:
        return votes.motions(self.row)

    @property
    def next_motion(self) -> MotionView | None:
        """The first motion of this item that is neither shown nor voted on."""
        item = self.meeting.item
        fresh = (each for each in self.motions if each.state == "waiting" and not each.shown)
        return next((each for each in fresh if item is not None and each.item == item.no), None)

    @cached_property
    def quorum_noted(self) -> bool:
        """Whether the minutes have the quorum already."""
        return Entry.objects.filter(stream=self.row.stream_id, kind="meeting.quorum_noted").exists()

    @property
    def convened(self) -> bool:
        """Check-in has not opened yet."""
        return self.meeting.state == Meeting.State.CONVENED

    @property
    def missing(self) -> int:
        """How many households the quorum still needs."""
        return max(0, self.attendance.need - self.attendance.households)

    @property
    def need_over(self) -> int:
        """More than this many households make the quorum 过半数."""
        return self.attendance.need - 1

    @cached_property
    def waiting(self) -> tuple[Waiting, ...]:
        """Everybody who waits to speak."""
        return tuple(Waiting(line) for line in self.speakers.waiting)

    @property
    def unvoted(self) -> int:
        """Ballots still missing of people in the hall; who has voted and left counts in neither."""
        return sum(each.missing for each in self.vote.buildings) if self.vote else 0

    @property
    def turnout_lines(self) -> list[tuple[str, str]]:
        """(name, figures) of an open vote: how many of the roll have voted, and what its quorum needs."""
        if self.vote is None:
            return []
        lines = [(each.name, f"{each.cast_text} / {each.roll_text}") for each in self.vote.turnout]
        for at, need in enumerate(self.vote.needs):
            if need.count == "cast":
                name = _("%(name)s (at least %(need)s)") % {"name": need.name, "need": need.need_text}
                lines[at] = (name, lines[at][1])
            else:
                lines.append((need.name, need.words))
        return lines

    @cached_property
    def presses(self) -> tuple[Press, ...]:
        """All that is open now; the first is the next sensible step."""
        return tuple(_PRESSES[self.scene](self))

    @property
    def step(self) -> Press:
        return self.presses[0]

    @property
    def others(self) -> tuple[Press, ...]:
        return self.presses[1:]


def short(text: str, most: int = LONGEST_LABEL) -> str:
    """A text in a button or in the miniature; the whole of it stands elsewhere on the page."""
    return text if len(text) <= most else text[: most - 1] + "…"


# --- single buttons --------------------------------------------------------------------------------------
def _minutes(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def _call(console: Console) -> list[Press]:
    """Give the floor to the first who waits."""
    floor = console.speakers
    if not floor.waiting:
        return []
    first = floor.waiting[0]
    limit = limit_seconds(first.shown.kind, speech=console.row.speech_seconds, presenter=console.row.presenter_seconds)
    told = {"name": first.label, "time": _minutes(limit)}
    if floor.speech is not None:
        note = _("ends this speech")
    else:
        note = _("%(kind)s, %(time)s on the clock") % {"kind": first.shown.kind_words, "time": told["time"]}
    return [
        Press(
            label=_("Next speaker: %(name)s") % told,
            act="floor.call",
            fields=(("request", first.shown.no), ("seen", floor.seen)),
            key="N",
            note=note,
            then=_("%(name)s speaking, %(time)s") % {"name": first.shown.shown_as, "time": told["time"]},
        )
    ]


def _motion(console: Console) -> list[Press]:
    """Put the next motion of the item to the hall."""
    motion = console.next_motion
    if motion is None:
        return []
    return [
        Press(
            label=_("Show motion %(no)s") % {"no": motion.no},
            act="motion.show",
            fields=(("motion", motion.no),),
            key="M",
            note=_("read it out, then vote"),
            then=_("Motion %(no)s, in full") % {"no": motion.no},
        )
    ]


def _item(console: Console) -> list[Press]:
    """Start the next item; a running one ends."""
    item = console.meeting.next_item
    if item is None:
        return []
    told = {"no": item.no, "title": short(item.title)}
    running = console.meeting.item is not None
    return [
        Press(
            label=(_("Next item: %(title)s") if running else _("Start item %(no)s: %(title)s")) % told,
            act="item.start",
            fields=(("item", item.no),),
            key="ArrowRight",
            then=_("Item %(no)s: %(title)s") % told,
        )
    ]


def _end_item(console: Console) -> list[Press]:
    item = console.meeting.item
    if item is None:
        return []
    return [
        Press(
            label=_("Finish this item"),
            act="item.end",
            fields=(("item", item.no),),
            key="" if console.meeting.next_item else "ArrowRight",
            then=_("How many of us are here"),
        )
    ]


def _quorum() -> Press:
    return Press(
        label=_("Note the quorum"),
        act="meeting.quorum",
        key="P",
        note=_("for the minutes: how many should be here, how many are"),
        then=_("How many of us are here"),
    )


def _close_meeting() -> Press:
    return Press(
        label=_("Close the meeting …"),
        href=ACTIONS["close-meeting"],
        note=_("asks once more"),
        then=_("Thanks to all, and the digest of the record"),
    )


def _end_speech(console: Console) -> Press:
    return Press(
        label=_("Finished"), act="floor.end", fields=(("speech", console.speakers.seen),), key="E", then=_now(console)
    )


def _now(console: Console) -> str:
    """What the wall shows when the running speech has ended and nobody else is called."""
    if console.vote is not None and console.vote.is_revealed:
        return _("Result of motion %(no)s") % {"no": console.vote.motion.no}
    if console.motion is not None:
        return _("Motion %(no)s, in full") % {"no": console.motion.no}
    assert console.meeting.item is not None
    if console.speakers.waiting:
        return _("The floor is open")
    return _("Item %(no)s: %(title)s") % {"no": console.meeting.item.no, "title": short(console.meeting.item.title)}


# --- what is open in each scene --------------------------------------------------------------------------
def _wait(console: Console) -> list[Press]:
    if console.convened:
        then = _("Waiting, with the large QR code")
        return [Press(_("Open check-in"), "meeting.open_check_in", key="S", note=_("people can come in"), then=then)]
    missing = console.missing
    note = (
        ngettext("%(n)s household is still missing", "%(n)s households are still missing", missing) % {"n": missing}
        if missing
        else _("goes into the record")
    )
    return [Press(_("Begin the meeting"), "meeting.begin", key="S", note=note, then=_("How many of us are here"))]


def _between(console: Console) -> list[Press]:
    """The meeting sits and no item runs: before the first, between two, after the last."""
    forward, begun = _item(console), any(item.done for item in console.meeting.agenda)
    if not console.quorum_noted and not begun:
        return [_quorum(), *forward, _close_meeting()]
    if forward:
        return [*forward, _quorum(), _close_meeting()]
    return [_close_meeting(), _quorum()]


def _talk(console: Console) -> list[Press]:
    return [*_call(console), *_motion(console), *_item(console), *_end_item(console)]


def _speech(console: Console) -> list[Press]:
    speech = console.speakers.speech
    presses = [*_call(console), _end_speech(console)]
    if speech is not None and speech.extensions_left:
        fields = (("speech", console.speakers.seen),)
        presses.append(Press(_("30 seconds more"), "floor.extend", fields, key="BracketRight"))
    return presses


def _shown(console: Console) -> list[Press]:
    assert console.motion is not None
    opening = Press(
        label=_("Open the vote"),
        act="vote.open",
        fields=(("motion", console.motion.no),),
        key="V",
        note=_("the roll is frozen now"),
        then=_("The vote is open; only how many have voted"),
    )
    return [opening, *_call(console), *_motion(console), *_item(console), *_end_item(console)]


def _voting(console: Console) -> list[Press]:
    vote = console.vote
    assert vote is not None
    then = _("The vote has ended; counting")
    if console.unvoted or not vote.cast:
        note = ngettext("%(n)s person here has not voted yet", "%(n)s people here have not voted yet", console.unvoted)
        told = note % {"n": console.unvoted}
        return [Press(_("End the vote"), href=ACTIONS["close-vote"], key="V", note=told, then=then)]
    fields = (("vote", vote.motion.no),)
    return [Press(_("End the vote"), "vote.close", fields, key="V", note=_("all who are here have voted"), then=then)]


def _counting(console: Console) -> list[Press]:
    assert console.vote is not None
    return [
        Press(
            label=_("Show the result"),
            act="vote.reveal",
            fields=(("vote", console.vote.motion.no),),
            key="R",
            note=_("wall and phones together"),
            then=_("The result: passed or not passed"),
        )
    ]


def _result(console: Console) -> list[Press]:
    return [*_motion(console), *_item(console), *_end_item(console), *_call(console)]


def _over(console: Console) -> list[Press]:
    return [
        Press(
            label=_("Minutes and resolutions"),
            href="../documents/",
            note=_("make, sign and publish them"),
            icon="doc",
            then=_("Thanks to all, and the digest of the record"),
        )
    ]


_PRESSES = {
    "wait": _wait,
    "quorum": _between,
    "item": _talk,
    "floor": _talk,
    "speech": _speech,
    "motion": _shown,
    "voting": _voting,
    "counting": _counting,
    "result": _result,
    "over": _over,
}


def held_by_hand(console: Console) -> bool:
    """Whether the wall stays as it is, whatever the next step does: set by hand, or a remark stands on it."""
    chosen = console.meeting.wall
    if chosen in {"black", "join"}:
        return True
    taking = {"motion.show", "vote.open", "vote.reveal", "item.start"}  # these take the wall for what they show
    steps_past = console.scene in {"wait", "voting", "counting"} or console.step.act in taking
    return not steps_past and (chosen != "auto" or console.remarks.on_wall is not None) and console.scene != "over"

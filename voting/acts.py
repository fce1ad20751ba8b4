"""Acts of the voting room: motions put and shown; votes opened, cast, closed, revealed. All on the meeting's stream."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from sessions.halls.access import CHAIR, DESK, FLOOR, OFFICE
from sessions.meetings.access import SEAT, meeting_of
from sessions.meetings.access import either as any_of
from sessions.meetings.acts.remarks import free_wall
from sessions.meetings.forms import HELPED, Line
from sessions.meetings.models import AgendaItem, Meeting
from sessions.record.acts import Scene, act, guard, refusal
from sessions.record.canonical import canonical

from .casting import NO_VOTE, Ask, Outcome, cast_all
from .models import Ballot, Motion, Vote
from .presets import PRESETS, Preset, preset
from .rolls import Roll, build_roll, roll_of
from .rules import Rule
from .tallies import frozen_rule, result

NO_ITEM = refusal("motion.no_item", _("The agenda has no item with this number."))
NO_MOTION = refusal("motion.unknown", _("There is no motion with this number in this meeting."))
NUMBER_TAKEN = refusal("motion.number_taken", _("Motion %(motion)s is already there with another text or rule."))
ALREADY_VOTED = refusal("vote.already_voted", _("Motion %(vote)s has been voted on already."))
NOT_SITTING = refusal("vote.not_sitting", _("The meeting is not in session, so no vote can be opened."))
ITEM_NOT_NOW = refusal(
    "vote.item_not_now", _("Please start agenda item %(item)s first; then its motion can be voted on.")
)
ANOTHER_OPEN = refusal("vote.another_open", _("The vote on motion %(vote)s is still open. Please close it first."))
NO_ROLL = refusal("vote.no_roll", _("The roster holds nobody who could vote under this rule."))
NOTICE_SHORT = refusal(
    "vote.notice_short",
    _("This rule needs a notice %(need)s days before the meeting; there are %(given)s. Choose another rule, please."),
)
ROLL_DIFFERS = refusal(
    "vote.roll_differs",
    _("The roll is not the one that was frozen when the vote opened. Nothing was counted; the database needs a check."),
)
STILL_OPEN = refusal("vote.still_open", _("Please close the vote on motion %(vote)s first."))
NOT_REVEALED = refusal("vote.not_revealed", _("Please show the result of motion %(vote)s first."))

LONGEST_MOTION = 300  # characters, after cleaning


def openable(rule: Rule) -> bool:
    """Whether a vote under `rule` can be held: a motion, named or recorded, on a roll the hall's roster gives."""
    return rule.choice.kind == "motion" and rule.secrecy != "secret" and rule.unit != "representative"


def offered() -> list[tuple[str, str | Promise]]:
    """(key, name) of the presets a motion may have."""
    return [(key, each.name) for key, each in PRESETS.items() if openable(each.rule)]


# --- forms -----------------------------------------------------------------------------------------------
def _no(name: str) -> forms.RegexField:
    return forms.RegexField(
        r"^[0-9]{1,3}(-[0-9]{1,3})?$",
        label=name,
        error_messages={"invalid": _("A motion's number is the item's and its own, such as 1-1.")},
    )


class AddForm(forms.Form):
    item = forms.IntegerField(min_value=1, max_value=999)
    no = _no("no")
    text = Line(most=LONGEST_MOTION)
    preset = forms.ChoiceField(choices=offered)

    def clean_no(self) -> str:
        no: str = self.cleaned_data["no"]
        if "item" in self.cleaned_data and no.split("-", maxsplit=1)[0] != str(self.cleaned_data["item"]):
            raise ValidationError(_("A motion's number is the item's and its own, such as 1-1."))
        return no


class MotionForm(forms.Form):
    motion = _no("motion")


class VoteForm(forms.Form):
    vote = _no("vote")


class CastForm(VoteForm):
    mandate = forms.IntegerField(min_value=0, max_value=10**6)  # 0: the one mandate this seat holds
    choice = forms.ChoiceField(choices=Ballot.Choice.choices)
    base = forms.IntegerField(min_value=0, max_value=10**6)


class CastForForm(CastForm):
    mandate = forms.IntegerField(min_value=1, max_value=10**6)
    channel = forms.ChoiceField(choices=HELPED)


# --- motions ---------------------------------------------------------------------------------------------
def _motion(meeting: Meeting, no: str) -> Motion:
    motion = Motion.objects.select_related("item").filter(meeting=meeting, no=no).first()
    if motion is None:
        raise NO_MOTION()
    return motion


def _open_vote(meeting: Meeting) -> Vote | None:
    return Vote.objects.select_related("motion__item").filter(meeting=meeting, state=Vote.State.OPEN).first()


def _in_chinese(words: str | Promise) -> str:
    with override("zh-hans"):
        return str(words)


@act(
    "motion.add",
    form=AddForm,
    right=any_of(OFFICE, FLOOR),
    locate=meeting_of,
    said=_("Motion %(motion)s is on the list."),
)
def add(*, scene: Scene[Meeting], item: int, no: str, text: str, preset: str) -> Mapping[str, Any]:
    """Put a motion 动议 under an item, with the rule that will apply."""
    found = AgendaItem.objects.filter(meeting=scene.subject, no=item).first()
    if found is None:
        raise NO_ITEM()
    motion = Motion.objects.filter(meeting=scene.subject, no=no).first()
    if motion is not None:
        if (motion.text, motion.preset) != (text, preset):
            raise NUMBER_TAKEN(motion=no)
        return {"motion": no}
    Motion.objects.create(meeting=scene.subject, item=found, no=no, text=text, preset=preset)
    name = _in_chinese(PRESETS[preset].name)
    scene.write("motion.added", {"motion": no, "item": item, "text": text, "preset": preset, "rule_name": name})
    return {"motion": no}


@act("motion.show", form=MotionForm, right=FLOOR, locate=meeting_of, said=_("Motion %(motion)s is before the hall."))
def show(*, scene: Scene[Meeting], motion: str) -> Mapping[str, Any]:
    """Put a motion to the hall; one at a time (一时一件)."""
    found = _motion(scene.subject, motion)
    running = _open_vote(scene.subject)
    if running is not None and running.motion_id != found.pk:
        raise ANOTHER_OPEN(vote=running.motion.no)
    if not found.shown:
        _show(found)
        scene.write("motion.shown", {"motion": motion, "item": found.item.no, "text": found.text})
        free_wall(scene)
    return {"motion": motion}


def _show(motion: Motion) -> None:
    Motion.objects.filter(meeting=motion.meeting_id, shown=True).update(shown=False)
    motion.shown = True
    motion.save(update_fields=["shown"])


# --- open ------------------------------------------------------------------------------------------------
@act("vote.open", form=MotionForm, right=CHAIR, locate=meeting_of, said=_("The vote on motion %(vote)s is open."))
def open_vote(*, scene: Scene[Meeting], motion: str) -> Mapping[str, Any]:
    """Open a vote: motion, rule and roll are frozen and hashed. A second press changes nothing."""
    found = _motion(scene.subject, motion)
    vote = Vote.objects.filter(motion=found).first()
    if vote is not None:
        if vote.state != Vote.State.OPEN:
            raise ALREADY_VOTED(vote=motion)
        return {"vote": motion}
    chosen = preset(found.preset)
    _check_order(scene.subject, found)
    _check_notice(scene.subject, chosen)
    limit = chosen.rule.proxy.per_holder if chosen.rule.proxy else 0
    roll = build_roll(scene.subject, chosen.rule.unit, proxies=limit)
    if not roll.lines:
        raise NO_ROLL()
    frozen = _frozen(found, chosen)
    vote = _open(scene, found, frozen, roll)
    roll.freeze(vote)
    if not found.shown:
        _show(found)
    body = {"secrecy": chosen.rule.secrecy, "roll": roll.summary(), "digest": vote.digest}
    scene.write("vote.opened", frozen | body)
    return {"vote": motion}


def _check_order(meeting: Meeting, motion: Motion) -> None:
    if meeting.state != Meeting.State.SITTING:
        raise NOT_SITTING()
    if meeting.item_id != motion.item_id or motion.item.state != AgendaItem.State.NOW:
        raise ITEM_NOT_NOW(item=motion.item.no)
    running = _open_vote(meeting)
    if running is not None:
        raise ANOTHER_OPEN(vote=running.motion.no)


def _check_notice(meeting: Meeting, chosen: Preset) -> None:
    """物业管理条例 art. 14, 组织法 art. 26: a notice younger than the law wants allows no formal decision."""
    held_on = timezone.localtime(meeting.starts_at, timezone.get_default_timezone()).date()
    given = (held_on - meeting.notice_on).days if meeting.notice_on else 0
    if given < chosen.notice_days:
        raise NOTICE_SHORT(need=chosen.notice_days, given=given)


def _frozen(motion: Motion, chosen: Preset) -> dict[str, Any]:
    return {
        "vote": motion.no,
        "item": motion.item.no,
        "text": motion.text,
        "rule": chosen.rule.to_json(),
        "rule_name": _in_chinese(chosen.name),
        "preset": chosen.key,
        "version": chosen.version,
        "basis": chosen.legal_basis,
        "level": chosen.level,
        "minutes_key": chosen.minutes_key,
    }


def vote_digest(frozen: str, roll_digest: str) -> str:
    """sha256 of the frozen canonical JSON, a line break, and the roll's digest."""
    return hashlib.sha256(f"{frozen}\n{roll_digest}".encode()).hexdigest()


def _open(scene: Scene[Meeting], motion: Motion, frozen: Mapping[str, Any], roll: Roll) -> Vote:
    text = canonical(frozen).decode()
    return Vote.objects.create(
        meeting=scene.subject,
        motion=motion,
        frozen=text,
        roll_digest=roll.digest,
        digest=vote_digest(text, roll.digest),
        opened_at=scene.now,
    )


# --- cast ------------------------------------------------------------------------------------------------
def cast_many(*, scenes: Sequence[Scene[Meeting]], data: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """Many ballots that arrived together, checked once against the locked vote and written in bulk."""
    return cast_all(
        [
            Ask(scene, channel="phone", seat=scene.actor.seat_id, **given)
            for scene, given in zip(scenes, data, strict=True)
        ]
    )


@act(
    "vote.cast", form=CastForm, right=SEAT, locate=meeting_of, said=_("Your ballot is in and counted."), bulk=cast_many
)
def cast(*, scene: Scene[Meeting], **given: Any) -> Outcome:
    """Cast or change one's own ballot, or a principal's, by phone."""
    return cast_many(scenes=[scene], data=[given])[0]


@act("vote.cast_for", form=CastForForm, right=DESK, locate=meeting_of, said=_("The ballot is entered and counted."))
def cast_for(*, scene: Scene[Meeting], **given: Any) -> Outcome:
    """Enter the ballot of someone in the hall without a phone 代录; the entry names who entered it and for whom."""
    return cast_all([Ask(scene, **given)])[0]


# --- close and reveal --------------------------------------------------------------------------------------
def _vote(meeting: Meeting, no: str) -> Vote:
    vote = Vote.objects.select_related("motion").filter(meeting=meeting, motion__no=no).first()
    if vote is None:
        raise NO_VOTE()
    return vote


@act("vote.close", form=VoteForm, right=CHAIR, locate=meeting_of, said=_("The vote on motion %(vote)s has ended."))
def close(*, scene: Scene[Meeting], vote: str) -> Mapping[str, Any]:
    """End a vote and count it, present counted now. The record has the result; no page shows it before the reveal."""
    found = _vote(scene.subject, vote)
    if found.state == Vote.State.OPEN:
        if roll_of(found, frozen_rule(found).unit).digest != found.roll_digest:
            raise ROLL_DIFFERS()
        body = result(found)
        found.result = canonical(body).decode()
        found.state, found.closed_at = Vote.State.CLOSED, scene.now
        found.save(update_fields=["result", "state", "closed_at"])
        scene.write("vote.closed", body)
    return {"vote": vote}


@act("vote.reveal", form=VoteForm, right=CHAIR, locate=meeting_of, said=_("The result of motion %(vote)s is shown."))
def reveal(*, scene: Scene[Meeting], vote: str) -> Mapping[str, Any]:
    """Show the result to all."""
    found = _vote(scene.subject, vote)
    if found.state == Vote.State.OPEN:
        raise STILL_OPEN(vote=vote)
    if found.state == Vote.State.CLOSED:
        found.state, found.revealed_at = Vote.State.REVEALED, scene.now
        found.save(update_fields=["state", "revealed_at"])
        scene.write("vote.revealed", json.loads(found.result) | {"late": found.late})
        free_wall(scene)
    return {"vote": vote}


# --- what other acts wait for ------------------------------------------------------------------------------
@guard("meeting.close")
def wait_for_votes(*, scene: Scene[Meeting], **_: Any) -> None:
    """A meeting does not close over an open vote or a result nobody has seen."""
    pending = Vote.objects.select_related("motion").filter(meeting=scene.subject).exclude(state=Vote.State.REVEALED)
    for vote in pending.order_by("pk"):
        raise (STILL_OPEN if vote.state == Vote.State.OPEN else NOT_REVEALED)(vote=vote.motion.no)


@guard("item.end")
def finish_the_vote(*, scene: Scene[Meeting], **_: Any) -> None:
    """An item does not end while its motion is being voted on."""
    running = _open_vote(scene.subject)
    if running is not None:
        raise STILL_OPEN(vote=running.motion.no)


@guard("item.start")
def stay_with_the_item(*, scene: Scene[Meeting], item: int, **_: Any) -> None:
    """The agenda does not move on to another item while a vote is open."""
    running = _open_vote(scene.subject)
    if running is not None and running.motion.item.no != item:
        raise STILL_OPEN(vote=running.motion.no)

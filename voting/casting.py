"""Casting a ballot 投票: one pure decision for one ballot or for many that arrive together.

The order of things under the lock: is it mine, is the same choice in already, was it cast another way, is the vote
open, may it still be changed, did the phone know what it changes (compare-and-set). A choice that is counted is never
told "not counted", and one that is told so is never counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions.halls.access import seat_label
from sessions.halls.models import Seat
from sessions.meetings.access import NOT_PRESENT, SEAT_ELSEWHERE
from sessions.meetings.models import Meeting
from sessions.record.acts import Refused, Scene, refusal
from sessions.record.chain import Personal

from .casters import Caster, casters
from .models import Ballot, Holder, Mandate, Vote
from .rules import Rule

NO_VOTE = refusal("vote.unknown", _("There is no such vote in this meeting. Please reload the page."))
NOT_ELIGIBLE = refusal(
    "vote.not_eligible",
    _("This ballot is not yours to cast. You may listen, ask and speak; the desk will gladly explain why."),
)
PROXY_ENDED = refusal(
    "vote.proxy_ended", _("The proxy has ended, so this ballot is your neighbour's own again. Nothing was cast.")
)
NOBODY_HERE = refusal(
    "vote.nobody_here", _("Nobody who may cast this ballot is checked in. Please check them in first, then enter it.")
)
NOT_THIS_WAY = refusal("vote.not_this_way", _("In this vote no ballot is cast this way. Please ask at the desk."))
CLOSED = refusal("vote.closed_not_counted", _("Voting had already ended. This ballot was not counted."))
CHANGE_TOO_LATE = refusal(
    "vote.change_too_late", _("Voting had already ended. The change was not counted; the ballot of %(at)s stands.")
)
FINAL = refusal("vote.final", _("This ballot was cast at %(at)s and, under this rule, cannot be changed."))
STALE = refusal(
    "vote.stale", _("This ballot was changed meanwhile, so nothing was done. Please look at it and choose once more.")
)
TAKEN = {
    "phone": refusal("vote.taken.phone", _("This ballot was already cast by phone at %(at)s. It counts once.")),
    "tablet": refusal("vote.taken.tablet", _("This ballot was already cast on the tablet at %(at)s. It counts once.")),
    "desk": refusal("vote.taken.desk", _("This ballot was already cast at the desk at %(at)s. It counts once.")),
    "proxy": refusal("vote.taken.proxy", _("This ballot was already cast by proxy at %(at)s. It counts once.")),
}
"""First channel wins: the second is told when and how."""


@dataclass(frozen=True)
class Cast:
    """A ballot as it stands."""

    choice: str
    channel: str
    by_proxy: bool
    revision: int


@dataclass(frozen=True)
class Wish:
    """What is asked to be cast, by a holder of the mandate. `base`: the revision its sender knew, 0 for none."""

    choice: str
    channel: str
    by_proxy: bool
    base: int


def decide(wish: Wish, ballot: Cast | None, *, open_: bool, present: bool, channels: Sequence[str], revote: str) -> str:
    """counted, changed, already; or taken, closed, too_late, absent, not_this_way, final, stale."""
    if ballot is not None:
        if (wish.channel, wish.by_proxy) != (ballot.channel, ballot.by_proxy):
            return "taken"
        if wish.choice == ballot.choice:
            return "already"
    if not open_:
        return "closed" if ballot is None else "too_late"
    if not present:
        return "absent"
    if wish.channel not in channels:
        return "not_this_way"
    if ballot is None:
        return "counted" if wish.base == 0 else "stale"
    if revote != "until_close":
        return "final"
    return "changed" if wish.base == ballot.revision else "stale"


@dataclass(frozen=True)
class Ask:
    """One act of casting. `seat` is None where staff enters it: then any holder in the hall will do."""

    scene: Scene[Meeting]
    vote: str
    mandate: int
    choice: str
    base: int
    channel: str
    seat: UUID | None = None


Outcome = Mapping[str, Any] | Refused


def clock_time(moment: datetime) -> str:
    """15:41, as the hall's clock shows it."""
    return timezone.localtime(moment, timezone.get_default_timezone()).strftime("%H:%M")


def cast_all(asks: Sequence[Ask]) -> list[Outcome]:
    """Cast ballots in order of arrival, under the lock of their meeting; reads and writes once for all of them."""
    asks = _with_their_mandates(asks)
    box = _Box(asks[0].scene.subject, asks)
    outcomes = [box.cast(ask) for ask in asks]
    box.write()
    return outcomes


def _with_their_mandates(asks: Sequence[Ask]) -> Sequence[Ask]:
    """A phone's page that is one for all says mandate 0: the one that its seat holds. Who holds several names it."""
    open_ended = [ask for ask in asks if ask.mandate == 0]
    if not open_ended:
        return asks
    held: dict[tuple[str, UUID], list[int]] = {}
    holders = Holder.objects.filter(
        mandate__vote__meeting=asks[0].scene.subject,
        mandate__vote__motion__no__in={ask.vote for ask in open_ended},
        seat__in={ask.seat for ask in open_ended},
    )
    for vote, seat, no in holders.values_list("mandate__vote__motion__no", "seat_id", "mandate__no"):
        held.setdefault((vote, seat), []).append(no)

    def named(ask: Ask) -> Ask:
        mine = held.get((ask.vote, ask.seat), []) if ask.seat else []
        return replace(ask, mandate=mine[0]) if ask.mandate == 0 and len(mine) == 1 else ask

    return [named(ask) for ask in asks]


class _Box:
    """The votes, mandates, casters and ballots that some acts are about, read once, and the rows to write."""

    def __init__(self, meeting: Meeting, asks: Sequence[Ask]) -> None:
        votes = Vote.objects.filter(meeting=meeting, motion__no__in={ask.vote for ask in asks})
        self.votes = {vote.motion.no: vote for vote in votes.select_related("motion")}
        self.rules = {no: Rule.from_json(json.loads(vote.frozen)["rule"]) for no, vote in self.votes.items()}
        wanted = {"vote__in": [vote.pk for vote in self.votes.values()], "no__in": {ask.mandate for ask in asks}}
        mandates = Mandate.objects.filter(**wanted).select_related("ballot")
        self.mandates = {(mandate.vote_id, mandate.no): mandate for mandate in mandates}
        ids = [mandate.pk for mandate in self.mandates.values()]
        self.casters = casters(meeting.pk, Holder.objects.filter(mandate__in=ids))
        self.ballots: dict[int, Ballot] = {
            mandate.pk: mandate.ballot for mandate in self.mandates.values() if hasattr(mandate, "ballot")
        }
        self.new: dict[int, Ballot] = {}
        self.changed: dict[int, Ballot] = {}
        self.late: dict[int, Vote] = {}

    def cast(self, ask: Ask) -> Outcome:
        vote = self.votes.get(ask.vote)
        if vote is None:
            return NO_VOTE()
        mandate = self.mandates.get((vote.pk, ask.mandate))
        if mandate is None:
            return NOT_ELIGIBLE()
        caster = self._caster(mandate, ask)
        if isinstance(caster, Refused):
            return caster
        rule, ballot = self.rules[ask.vote], self.ballots.get(mandate.pk)
        decision = decide(
            Wish(ask.choice, ask.channel, caster.by_proxy, ask.base),
            Cast(ballot.choice, ballot.channel, ballot.by_proxy, ballot.revision) if ballot else None,
            open_=vote.state == Vote.State.OPEN,
            present=caster.present,
            channels=rule.channels,
            revote=rule.revote,
        )
        if decision == "counted":
            return self._counted(ask, vote, mandate, caster)
        if ballot is None:
            if decision == "closed":
                self._count_late(ask, vote)
            return CLOSED() if decision == "closed" else _refused(decision, ask)
        if decision == "changed":
            return self._changed(ask, mandate, caster, ballot)
        if decision == "already":
            return _told(ask, ballot, "already")
        return self._stands(decision, ask, vote, ballot)

    def _caster(self, mandate: Mandate, ask: Ask) -> Caster | Refused:
        found = self.casters.get(mandate.pk, [])
        if ask.seat is None:
            ready = [each for each in found if each.ready] or [each for each in found if each.live]
            return ready[0] if ready else NOBODY_HERE()
        mine = next((each for each in found if each.seat == ask.seat), None)
        if mine is None:
            return NOT_ELIGIBLE()
        if not mine.device or mine.device != ask.scene.actor.device:
            return SEAT_ELSEWHERE()
        return mine if mine.live else PROXY_ENDED()

    def _stands(self, decision: str, ask: Ask, vote: Vote, ballot: Ballot) -> Refused:
        if decision == "taken":
            return TAKEN["proxy" if ballot.by_proxy else ballot.channel](at=clock_time(ballot.at))
        if decision == "too_late":
            self._count_late(ask, vote)
            return CHANGE_TOO_LATE(at=clock_time(ballot.at))
        if decision == "final":
            return FINAL(at=clock_time(ballot.at))
        return _refused(decision, ask)

    def _counted(self, ask: Ask, vote: Vote, mandate: Mandate, caster: Caster) -> Outcome:
        ballot = Ballot(
            mandate=mandate,
            vote=vote,
            choice=ask.choice,
            channel=ask.channel,
            by_proxy=caster.by_proxy,
            at=ask.scene.now,
        )
        self._record(ask, mandate, caster, ballot)
        self.ballots[mandate.pk] = self.new[mandate.pk] = ballot
        return _told(ask, ballot, "counted")

    def _changed(self, ask: Ask, mandate: Mandate, caster: Caster, ballot: Ballot) -> Outcome:
        ballot.choice, ballot.revision, ballot.at = ask.choice, ballot.revision + 1, ask.scene.now
        self._record(ask, mandate, caster, ballot)
        if mandate.pk not in self.new:
            self.changed[mandate.pk] = ballot
        return _told(ask, ballot, "changed")

    def _record(self, ask: Ask, mandate: Mandate, caster: Caster, ballot: Ballot) -> None:
        body = {
            "vote": ask.vote,
            "mandate": Personal(mandate.label),
            "choice": Personal(ballot.choice),
            "channel": ballot.channel,
            "by_proxy": ballot.by_proxy,
            "revision": ballot.revision,
        }
        if ask.seat is None:
            seat = Seat.objects.select_related("household", "person").get(pk=caster.seat)
            body["on_behalf"] = Personal(seat_label(seat))
        ask.scene.write("vote.cast", body)

    def _count_late(self, ask: Ask, vote: Vote) -> None:
        vote.late += 1
        self.late[vote.pk] = vote
        ask.scene.stream.rev += 1  # the console shows the number of late ballots

    def write(self) -> None:
        Ballot.objects.bulk_create(self.new.values())
        Ballot.objects.bulk_update(self.changed.values(), ["choice", "revision", "at"])
        for vote in self.late.values():
            vote.save(update_fields=["late"])


def _told(ask: Ask, ballot: Ballot, state: str) -> Mapping[str, Any]:
    """What is answered; never the choice, since answers are kept."""
    return {"state": state, "vote": ask.vote, "mandate": ask.mandate, "revision": ballot.revision}


def _refused(decision: str, ask: Ask) -> Refused:
    if decision == "absent":
        return NOBODY_HERE() if ask.seat is None else NOT_PRESENT()
    return {"not_this_way": NOT_THIS_WAY, "stale": STALE}[decision]()

"""The ballots of one seat, and the roll as the desk sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext, ngettext

from sessions.halls.models import Seat
from sessions.meetings.models import Presence

from ..casters import Caster, casters, ready
from ..models import Ballot, Holder, Mandate, Vote
from ..rules import Rule
from ..tallies import channel_of, frozen_rule
from ..wording import area
from .words import CHANNELS, choice_word


@dataclass(frozen=True)
class MyBallot:
    """One mandate that a seat may cast: its place `no` on the roll, and what is cast of it (revision 0: nothing).

    `door` is the principal's, for a proxy. `elsewhere`: it was cast by another channel and is not changed here.
    """

    vote: str
    no: int
    unit: str
    flats: int
    area_x100: int
    by_proxy: bool
    door: str
    choice: str
    revision: int
    channel: str
    at: datetime | None
    elsewhere: bool
    may_cast: bool

    @property
    def is_cast(self) -> bool:
        return self.revision > 0

    @property
    def choice_word(self) -> str:
        return choice_word(self.choice)

    @property
    def how(self) -> str:
        """The channel in words, "" until it is cast."""
        return str(CHANNELS[self.channel]) if self.channel else ""

    @property
    def by_desk(self) -> bool:
        """Entered by the staff, at the desk or on its tablet."""
        return self.channel in (Presence.Channel.DESK, Presence.Channel.TABLET)

    @property
    def label(self) -> str:
        """What the ballot stands for: "2 flats, 144.27 ㎡ together"; a proxy's names the principal's door."""
        told = self._flats if self.unit == "owner" else ""
        if not self.by_proxy:
            return told
        return gettext("For your neighbour at %(door)s (%(flats)s)") % {"door": self.door, "flats": told}

    @property
    def _flats(self) -> str:
        words = ngettext("%(flats)s flat, %(area)s ㎡", "%(flats)s flats, %(area)s ㎡ together", self.flats)
        return words % {"flats": self.flats, "area": area(self.area_x100)}


@dataclass(frozen=True)
class BallotView:
    """The ballots of one seat in one vote; `ballots` is empty for whoever is not on the roll."""

    vote: str
    state: str
    text: str
    may_change: bool
    ballots: tuple[MyBallot, ...]

    @property
    def waiting(self) -> tuple[MyBallot, ...]:
        """Those still to be cast; a proxy's come one after the other."""
        return tuple(ballot for ballot in self.ballots if not ballot.is_cast)


def ballots_of(vote: Vote, seat: Seat) -> BallotView:
    """What `seat` may cast in `vote` and what is cast of it; a proxy that has ended is not there."""
    rule = frozen_rule(vote)
    held = Mandate.objects.filter(vote=vote, holders__seat=seat).select_related("ballot").order_by("no")
    mine = {mandate.pk: mandate for mandate in held}
    found = casters(vote.meeting_id, Holder.objects.filter(mandate__in=list(mine)))
    doors = _principal_doors([pk for pk in mine if any(each.by_proxy for each in found[pk])])
    ballots = []
    for pk, mandate in mine.items():
        caster = next(each for each in found[pk] if each.seat == seat.pk)
        if caster.live:
            ballots.append(_my_ballot(vote, rule, mandate, caster, doors.get(pk, "")))
    ballots.sort(key=lambda ballot: (ballot.by_proxy, ballot.no))
    return BallotView(vote.motion.no, vote.state, vote.motion.text, rule.revote == "until_close", tuple(ballots))


def _principal_doors(mandates: list[int]) -> dict[int, str]:
    if not mandates:
        return {}
    own = Holder.objects.filter(mandate__in=mandates, by_proxy=False).select_related("seat__household").order_by("-pk")
    return {holder.mandate_id: holder.seat.household.door for holder in own if holder.seat.household}


def _my_ballot(vote: Vote, rule: Rule, mandate: Mandate, caster: Caster, door: str) -> MyBallot:
    ballot: Ballot | None = getattr(mandate, "ballot", None)
    here = (Presence.Channel.PHONE, caster.by_proxy)
    elsewhere = ballot is not None and (ballot.channel, ballot.by_proxy) != here
    free = ballot is None or (rule.revote == "until_close" and not elsewhere)
    known = ballot is not None and not (elsewhere and caster.by_proxy)  # a neighbour does not see what the owner chose
    return MyBallot(
        vote=vote.motion.no,
        no=mandate.no,
        unit=rule.unit,
        flats=mandate.households,
        area_x100=mandate.area_x100,
        by_proxy=caster.by_proxy,
        door=door if caster.by_proxy else "",
        choice=ballot.choice if ballot and known else "",
        revision=ballot.revision if ballot else 0,
        channel=channel_of(ballot) if ballot else "",
        at=ballot.at if ballot else None,
        elsewhere=elsewhere,
        may_cast=free and caster.ready and vote.state == Vote.State.OPEN,
    )


def ballot_holders(vote: Vote) -> dict[UUID, list[int]]:
    """Every seat on the frozen roll, with the places of its mandates: the hub sorts phones by it once, at the open."""
    holders: dict[UUID, list[int]] = {}
    rows = Holder.objects.filter(mandate__vote=vote).order_by("by_proxy", "mandate__no")
    for seat, no in rows.values_list("seat_id", "mandate__no"):
        holders.setdefault(seat, []).append(no)
    return holders


@dataclass(frozen=True)
class DeskRow:
    """A line of the roll at the desk; `choice` only where the desk or its tablet entered it, else whether and how."""

    no: int
    label: str
    building: str
    present: bool
    channel: str
    at: datetime | None
    revision: int
    choice: str
    may_enter: bool

    @property
    def is_cast(self) -> bool:
        return self.revision > 0

    @property
    def choice_word(self) -> str:
        return choice_word(self.choice)

    @property
    def how(self) -> str:
        """The channel in words, "" until it is cast."""
        return str(CHANNELS[self.channel]) if self.channel else ""


def desk_rows(vote: Vote) -> list[DeskRow]:
    """The roll with who has a ballot in, and how it came; for staff."""
    rule = frozen_rule(vote)
    here = set(ready(casters(vote.meeting_id, Holder.objects.filter(mandate__vote=vote))))
    mandates = Mandate.objects.filter(vote=vote).select_related("ballot").order_by("no")
    return [_desk_row(vote, rule, mandate, mandate.pk in here) for mandate in mandates]


def _desk_row(vote: Vote, rule: Rule, mandate: Mandate, present: bool) -> DeskRow:
    ballot: Ballot | None = getattr(mandate, "ballot", None)
    entered = ballot is not None and ballot.channel != Presence.Channel.PHONE
    free = ballot is None or (entered and rule.revote == "until_close")
    return DeskRow(
        no=mandate.no,
        label=mandate.label,
        building=mandate.building,
        present=present,
        channel=channel_of(ballot) if ballot else "",
        at=ballot.at if ballot else None,
        revision=ballot.revision if ballot else 0,
        choice=ballot.choice if ballot and entered else "",
        may_enter=free and present and vote.state == Vote.State.OPEN,
    )

"""The vote 表决 of a play: motion 1-1 by every channel, with the script's faults, from the opening to the result."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from sessions.halls.names import masked
from voting.reads.words import CHANNELS

from . import data, script
from .browser import PlayError, new_act_id
from .compare import compare
from .pacing import Event
from .people import Everyone, Phone, agreed, refused
from .script import MOTION, Cast

LOOKED_AT = (3, 27)  # households whose phones are compared with the script: one with a script, one without


class Polling:
    """The vote on motion 1-1."""

    def __init__(self, everyone: Everyone) -> None:
        self.all = everyone
        self._lost: dict[int, tuple[str, dict[str, Any]]] = {}

    def events(self) -> list[Event]:
        """From the opening to the result on wall and phones."""
        return [
            Event(data.timeline("1-1 开启"), self._open_vote),
            *(Event(cast.at, partial(self._cast, cast)) for cast in script.casts()),
            *(
                Event(cast.at + script.LOST, partial(self._try_again, cast))
                for cast in script.casts()
                if cast.how.startswith("no_")
            ),
            Event(script.SECOND_TRY, self._second_try),
            Event(script.ALL_IN, self._all_in),
            Event(data.timeline("1-1 结束"), self._close_vote),
            Event(data.timeline("1-1 公布"), self._reveal),
        ]

    async def _open_vote(self) -> None:
        await self.all.chair.do("vote.open", motion=MOTION)
        await self.all.operator.wall_shows(f"/{data.motion(MOTION)['expected']['roll_heads']}")
        self.all.say(_("The vote on motion %(no)s is open.") % {"no": MOTION})

    async def _cast(self, cast: Cast) -> None:
        if cast.how in {"desk", "tablet"}:
            await self.all.desk.vote((cast.of.door, cast.of.name), cast.of.choice)
        elif cast.how.startswith("no_"):
            await self._lose_line(cast)
            return
        else:
            phone = self.all.phones[cast.by.no]
            offered = await phone.ballots()
            agreed(await phone.vote(offered[0 if cast.how == "phone" else -1], cast.of.choice), phone.name, "vote.cast")
        self.all.say(_("%(who)s has voted (%(how)s).") % {"who": masked(cast.of.name), "how": CHANNELS[cast.how]})

    async def _lose_line(self, cast: Cast) -> None:
        """The network goes as the ballot is sent: before it reaches the hall, or before the answer comes back."""
        phone, act_id = self.all.phones[cast.by.no], new_act_id()
        fields = {**(await phone.ballots())[0].fields, "choice": cast.of.choice}
        self._lost[cast.by.no] = (act_id, fields)
        assert phone.live is not None
        if cast.how == "no_answer":
            await (await phone.live.send("vote.cast", act_id, fields))  # it was counted; the phone never hears of it
        await phone.live.drop()
        self.all.say(_("%(who)s has lost the network in mid-vote.") % {"who": masked(cast.by.name)})

    async def _try_again(self, cast: Cast) -> None:
        """The same press once more, under the same id: by the form, and over a new line."""
        phone = self.all.phones[cast.by.no]
        assert phone.live is not None
        act_id, fields = self._lost[cast.by.no]
        if cast.how == "no_answer":
            await phone.live.open()
            answer = agreed(await phone.live.do("vote.cast", fields, act_id), phone.name, "vote.cast")
        else:
            answer = agreed(await phone.by_form("vote.cast", act_id, **fields), phone.name, "vote.cast")
            await phone.live.open()
        if answer["again"] != (cast.how == "no_answer"):
            raise PlayError(_("A ballot sent twice was not recognised."))
        self.all.say(_("%(who)s is back and has voted, once.") % {"who": masked(cast.by.name)})

    async def _second_try(self) -> None:
        """A relative scans the slip of someone who has voted at the desk."""
        home = script.home(script.fault("desk_then_phone_refused"))
        phone = Phone(self.all.base, home.name, self.all.slips[home.no])
        self.all.others.append(phone)
        await phone.scan()
        place = next(cast for cast in script.casts() if cast.of == home)
        answer = await phone.vote((await phone.ballots())[0], "for")
        said = refused(answer, home.name, "vote.taken.desk")
        if f"{localtime(place.at):%H:%M}" not in said:
            raise PlayError(_("The refusal does not say when the ballot was cast: %(said)s") % {"said": said})
        self.all.say(
            _("A relative tries to vote for %(who)s once more: %(said)s") % {"who": masked(home.name), "said": said}
        )

    async def _all_in(self) -> None:
        told = data.motion(MOTION)["expected"]
        await self.all.operator.wall_shows(str(told["participating_heads"]), f"/{told['roll_heads']}")
        self.all.say(_("%(n)s of %(of)s have voted.") % {"n": told["participating_heads"], "of": told["roll_heads"]})

    async def _close_vote(self) -> None:
        await self.all.chair.do("vote.close", vote=MOTION)
        self.all.say(_("The vote has ended."))

    async def _reveal(self) -> None:
        await self.all.chair.do("vote.reveal", vote=MOTION)
        heads = data.motion(MOTION)["expected"]["for"]["heads"]
        await self.all.operator.wall_shows(str(heads))
        compare(_("The wall"), await self.all.operator.browser.get(self.all.operator.wall_url), MOTION)
        for no in LOOKED_AT:
            phone = self.all.phones[no]
            compare(_("A phone"), await phone.browser.get(phone.page), MOTION)
        self.all.say(_("The result is on wall and phones, to the last digit: passed."))

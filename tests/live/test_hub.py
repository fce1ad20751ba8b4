"""The hub: who is told what, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from channels.layers import InMemoryChannelLayer
from django.test import SimpleTestCase

from sessions.live.hub import POKES, TICK
from sessions.live.pictures import BALLOT, CONSOLE, DESK, PHONE, WALL

from .stage import Line, Stage, settle


@asynccontextmanager
async def staged(layer: object = None) -> AsyncIterator[Stage]:
    stage = Stage(layer)
    try:
        yield stage
    finally:
        await stage.hub.stop()


class Frames(SimpleTestCase):
    async def test_a_page_gets_the_full_frame_unless_it_shows_it(self) -> None:
        async with staged() as stage:
            _, old = await stage.page(have=0)
            _, current = await stage.page(have=1)
            full = {"now": "<p id=now>item 1</p>", "top": "<p id=top></p>"}
            self.assertEqual(old.got, [{"rev": 1, "base": 0, "parts": full}])
            self.assertEqual(current.got, [])

    async def test_only_changed_parts_go_out_with_the_base_they_fit(self) -> None:
        async with staged() as stage:
            _, wall = await stage.page(WALL)
            wall.taken()
            await stage.commit(turnout=1)
            self.assertEqual(wall.got, [{"rev": 2, "base": 1, "parts": {"turnout": "<p id=turnout>1</p>"}}])

    async def test_a_phone_hears_nothing_of_what_it_does_not_show(self) -> None:
        async with staged() as stage:
            _, wall = await stage.page(WALL)
            _, phone = await stage.page()
            wall.taken(), phone.taken()
            for turnout in range(1, 6):
                await stage.commit(turnout=turnout)
                await stage.tick()
            self.assertEqual(len(wall.got), 5)
            self.assertEqual(phone.got, [])
            await stage.commit(now="item 2")
            self.assertEqual(phone.got, [{"rev": 7, "base": 1, "parts": {"now": "<p id=now>item 2</p>"}}])

    async def test_a_page_that_slept_through_unchanged_revisions_needs_nothing(self) -> None:
        async with staged() as stage:
            _, _first = await stage.page()
            await stage.commit(turnout=1)
            await stage.tick()
            _, back = await stage.page(have=1)
            self.assertEqual(back.got, [])

    async def test_what_was_missed_while_nobody_looked_is_sent_to_who_comes_back(self) -> None:
        async with staged() as stage:
            socket, _ = await stage.page(WALL)
            stage.hub.leave(socket)
            await stage.commit(now="item 2")  # the room is empty and not yet forgotten
            await stage.tick()
            _, back = await stage.page(WALL, have=1)
            self.assertEqual([m["parts"]["now"] for m in back.got], ["<p id=now>item 2</p>"])

    async def test_fifty_commits_within_a_tick_are_one_render_per_audience(self) -> None:
        async with staged() as stage:
            lines = {look: (await stage.page(look))[1] for look in (WALL, CONSOLE, DESK, PHONE)}
            await stage.commit(turnout=1)  # the leading edge goes out at once
            stage.screens.renders.clear()
            for line in lines.values():
                line.taken()
            for turnout in range(2, 52):
                await stage.commit(turnout=turnout)
            self.assertEqual(stage.screens.renders.total(), 0)
            await stage.tick()
            self.assertEqual(set(stage.screens.renders.values()), {1})
            self.assertEqual(len(stage.screens.renders), 4)
            self.assertEqual([m["parts"] for m in lines[WALL].got], [{"turnout": "<p id=turnout>51</p>"}])
            self.assertEqual(lines[PHONE].got, [])

    async def test_each_language_is_rendered_once_whoever_many_look(self) -> None:
        async with staged() as stage:
            for language in ("en", "zh-hans"):
                for _ in range(20):
                    stage.hub.greet(stage.socket(language=language)[0], 0)
            await settle()
            await stage.tick()
            self.assertEqual(stage.screens.renders, {(PHONE, "en"): 1, (PHONE, "zh-hans"): 1})

    async def test_the_wall_comes_first(self) -> None:
        async with staged() as stage:
            for look in (PHONE, DESK, CONSOLE, WALL):
                await stage.page(look)
            stage.screens.renders.clear()
            await stage.commit(now="item 2")
            self.assertEqual([look for look, _ in stage.screens.renders], [WALL, CONSOLE, DESK, PHONE])

    async def test_what_is_committed_while_a_screen_renders_is_never_missed(self) -> None:
        async with staged() as stage:
            stage.screens.during = lambda: stage.screens.commit(now="item 2") if stage.screens.revision == 1 else None
            _, wall = await stage.page(WALL)  # rendered of revision 1, labelled 1; revision 2 came meanwhile
            self.assertEqual(wall.taken()[0]["rev"], 1)
            _, page = await stage.page(WALL, have=1)  # drawn by a view at revision 1: nobody knows which item it shows
            self.assertEqual(page.got[0]["base"], 0)
            await stage.reread()
            await stage.tick()
            for line in (wall, page):
                self.assertEqual(line.got[-1]["parts"], {"now": "<p id=now>item 2</p>"})


class SlowAndGone(SimpleTestCase):
    async def test_a_client_that_does_not_read_gets_only_the_newest(self) -> None:
        async with staged() as stage:
            _, slow = await stage.page(WALL)
            _, quick = await stage.page(WALL)
            slow.taken(), quick.taken()
            slow.busy = True
            for turnout in range(1, 11):
                await stage.commit(turnout=turnout)
                await stage.tick()
            slow.busy = False
            await stage.tick()
            self.assertEqual(len(quick.got), 10)
            self.assertEqual([m["parts"] for m in slow.got], [{"turnout": "<p id=turnout>10</p>"}])

    async def test_a_client_whose_line_is_dead_is_forgotten(self) -> None:
        async with staged() as stage:
            socket, line = await stage.page(WALL)
            line.dead = True
            await stage.commit(turnout=1)
            self.assertFalse(socket.open)
            self.assertEqual(stage.hub.rooms[stage.stream].size, 0)

    async def test_leaving_twice_is_leaving_once_and_an_empty_room_goes(self) -> None:
        async with staged() as stage:
            socket, _ = await stage.page()
            stage.hub.leave(socket)
            stage.hub.leave(socket)
            await stage.reread()
            self.assertEqual(stage.hub.rooms, {})
            stage.hub.greet(socket, 0)  # a message that was still under way
            self.assertEqual(stage.deaths, 0)

    async def test_a_failing_screen_keeps_the_last_picture_and_heals(self) -> None:
        async with staged() as stage:
            _, wall = await stage.page(WALL)
            wall.taken()
            stage.screens.broken = True
            with self.assertLogs("hall.live", "ERROR") as log:
                for turnout in range(1, 5):
                    await stage.commit(turnout=turnout)
                    await stage.tick()
            self.assertEqual(len(log.records), 1)  # said once
            self.assertEqual(wall.got, [])
            stage.screens.broken = False
            await stage.tick()
            self.assertEqual([m["parts"] for m in wall.got], [{"turnout": "<p id=turnout>4</p>"}])
            self.assertEqual(stage.deaths, 0)

    async def test_a_dead_hub_ends_the_process(self) -> None:
        async with staged() as stage:
            await stage.page(WALL)

            async def broken(*_: object) -> bool:
                raise SystemError("not a screen: the hub itself")

            stage.hub.tick = broken  # type: ignore[method-assign]
            with self.assertLogs("hall.live", "CRITICAL"):
                await stage.commit(turnout=1)
                await stage.tick()
            self.assertEqual(stage.deaths, 1)


class Votes(SimpleTestCase):
    async def test_at_the_opening_phones_are_sorted_once_and_told_only_what_differs(self) -> None:
        async with staged() as stage:
            holder = uuid4()
            _, voter = await stage.page(seat=holder)
            _, guest = await stage.page()
            voter.taken(), guest.taken()
            stage.screens.balloting, stage.screens.vote = {holder}, "1-1"
            stage.screens.sorts = 0
            await stage.commit()
            self.assertEqual(voter.taken(), [{"rev": 2, "base": 1, "parts": {"ballot": "<form id=ballot>1-1</form>"}}])
            self.assertEqual(guest.taken(), [])
            for turnout in range(1, 6):
                await stage.commit(turnout=turnout)
                await stage.tick()
            self.assertEqual((voter.got, guest.got, stage.screens.sorts), ([], [], 1))
            stage.screens.balloting, stage.screens.vote = set(), ""
            await stage.commit()
            await stage.tick()
            self.assertEqual([m["parts"] for m in voter.got], [{"ballot": ""}])
            self.assertEqual(guest.got, [])

    async def test_a_phone_that_slept_through_the_close_loses_its_ballot(self) -> None:
        async with staged() as stage:
            holder = uuid4()
            await stage.page()  # keeps the picture of the other phones unchanged since revision 1
            stage.screens.balloting, stage.screens.vote = {holder}, "1-1"
            await stage.commit()
            await stage.tick()
            socket, _ = await stage.page(seat=holder, have=2)
            stage.hub.leave(socket)
            stage.screens.balloting, stage.screens.vote = set(), ""
            await stage.commit()
            await stage.tick()
            _, back = await stage.page(seat=holder, have=2)
            self.assertEqual([(m["base"], "ballot" in m["parts"]) for m in back.got], [(0, False)])


class Personal(SimpleTestCase):
    async def test_only_who_is_concerned_gets_the_personal_part(self) -> None:
        async with staged() as stage:
            speaker = uuid4()
            _, hers = await stage.page(seat=speaker)
            _, his = await stage.page()
            hers.taken(), his.taken()
            stage.screens.marks = {speaker: "your turn"}
            await stage.commit()
            self.assertEqual(hers.taken(), [{"me": "<p id=me>your turn </p>"}])
            await stage.tick()
            await stage.commit()  # something else happened: the mark stands
            await stage.tick()
            stage.screens.marks = {}
            await stage.commit()
            self.assertEqual(hers.taken(), [{"me": "<p id=me> </p>"}])
            self.assertEqual(his.got, [])

    async def test_a_personal_part_that_did_not_go_through_is_offered_again(self) -> None:
        async with staged() as stage:
            speaker = uuid4()
            _, line = await stage.page(seat=speaker)
            line.taken()
            line.busy = True
            stage.screens.marks = {speaker: "your turn"}
            await stage.commit()
            await stage.tick()
            stage.screens.marks = {speaker: "your turn, 30 s"}
            line.busy = False
            await stage.tick()
            self.assertEqual(line.got, [{"me": "<p id=me>your turn, 30 s </p>"}])

    async def test_all_open_pages_of_a_seat_learn_of_its_act(self) -> None:
        async with staged() as stage:
            seat = uuid4()
            lines: list[Line] = [(await stage.page(seat=seat))[1] for _ in range(2)]
            for line in lines:
                line.taken()
            await stage.hub.personal_to(stage.stream, seat)
            self.assertEqual([len(line.got) for line in lines], [1, 1])


class Pokes(SimpleTestCase):
    async def test_a_lost_poke_heals(self) -> None:
        async with staged() as stage:
            _, wall = await stage.page(WALL)
            wall.taken()
            stage.screens.commit(turnout=1)  # written by another process, and nobody told us
            await stage.tick()
            self.assertEqual(wall.got, [])
            await stage.reread()
            await stage.tick()
            self.assertEqual([m["parts"] for m in wall.got], [{"turnout": "<p id=turnout>1</p>"}])

    async def test_two_hubs_poke_each_other_once_for_many_commits(self) -> None:
        layer = InMemoryChannelLayer()
        async with staged(layer) as here, staged(layer) as there:
            there.stream, there.screens = here.stream, here.screens
            there.hub.pictures.frames = here.screens
            _, wall = await there.page(WALL)
            await here.page(WALL)
            await settle()
            wall.taken()
            await here.pauses.end(POKES)
            await there.pauses.end(POKES)
            sent = []
            group_send = layer.group_send

            async def counted(group: str, message: dict[str, object]) -> None:
                sent.append(message)
                await group_send(group, message)

            layer.group_send = counted
            for turnout in range(1, 11):
                await here.commit(turnout=turnout)
            await here.pauses.end(POKES)
            await there.tick()
            self.assertEqual(wall.got[-1]["parts"], {"turnout": "<p id=turnout>10</p>"})
            self.assertLessEqual(len(sent), 2)
            self.assertEqual({str(message["stream"]) for message in sent}, {str(here.stream)})
            self.assertEqual({tuple(sorted(message)) for message in sent}, {("from", "rev", "stream", "type")})

    async def test_a_layer_that_fails_stops_nothing(self) -> None:
        class Broken:
            async def new_channel(self) -> str:
                raise OSError("no Redis")

            group_send = new_channel

        with self.assertLogs("hall.live", "ERROR"):
            async with staged(Broken()) as stage:
                _, wall = await stage.page(WALL)
                wall.taken()
                await stage.commit(turnout=1)
                self.assertEqual(len(wall.got), 1)
                self.assertEqual(stage.deaths, 0)

    async def test_what_is_told_from_another_thread_arrives(self) -> None:
        async with staged() as stage:
            _, wall = await stage.page(WALL)
            wall.taken()
            wall.arrived.clear()
            stage.screens.commit(turnout=1)
            await asyncio.to_thread(stage.hub.told, stage.stream, 2)
            await asyncio.wait_for(wall.arrived.wait(), 5)
            self.assertEqual(wall.got[0]["rev"], 2)

    async def test_the_tick_is_four_times_a_second_at_most(self) -> None:
        self.assertEqual(TICK, 0.25)
        async with staged() as stage:
            _, wall = await stage.page(WALL)
            await stage.commit(turnout=1)
            wall.taken()
            await stage.commit(turnout=2)
            await stage.commit(turnout=3)
            self.assertEqual(wall.got, [])
            await stage.tick()
            await stage.tick()
            self.assertEqual(len(wall.got), 1)  # and the last one is never left out


class Sorting(SimpleTestCase):
    async def test_a_new_socket_finds_its_audience(self) -> None:
        async with staged() as stage:
            holder = uuid4()
            stage.screens.balloting, stage.screens.vote = {holder}, "1-1"
            await stage.page()
            socket, line = await stage.page(seat=holder)
            self.assertEqual(socket.audience, BALLOT)
            self.assertIn("ballot", line.got[-1]["parts"])

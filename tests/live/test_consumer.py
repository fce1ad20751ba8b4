"""The sockets' door, with real seats, a real scribe and hostile pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.test import AsyncClient, TestCase
from django.urls import path
from django.utils.translation import gettext_lazy as _

from sessions.halls.access import device_digest, link_token
from sessions.halls.models import Hall, Node, Role, Seat
from sessions.live.consumer import FLOOD, LARGEST_MESSAGE, NO_RIGHT, UNKNOWN, VOID, SeatConsumer, StaffConsumer
from sessions.live.hub import Hub
from sessions.live.pace import Paces
from sessions.live.pictures import Pictures
from sessions.meetings.access import SEAT
from sessions.meetings.models import Meeting
from sessions.record import acts
from sessions.record.acts import act
from sessions.record.models import Entry, Stream

from .stage import Screens


class WordForm(forms.Form):
    word = forms.CharField(max_length=20)


class LiveCase(TestCase):
    """A meeting, one neighbour with a seat, the staff, and one act: to say a word."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        known, phrases = dict(acts._acts), dict(acts._phrases)
        cls.addClassCleanup(lambda: (acts._acts.clear(), acts._acts.update(known)))
        cls.addClassCleanup(lambda: (acts._phrases.clear(), acts._phrases.update(phrases)))

        @act(
            "test.say",
            form=WordForm,
            right=SEAT,
            locate=lambda pk: Meeting.objects.get(pk=pk),
            said=_("This field is required."),
        )
        def say(*, scene: Any, word: str) -> dict[str, Any]:
            scene.write("test.said", {"word": word})
            return {}

    @classmethod
    def setUpTestData(cls) -> None:
        node = Node.objects.create(kind=Node.Kind.ESTATE, name="福园里", path="/1/")
        node.path = f"/{node.pk}/"
        node.save()
        hall = Hall.objects.create(
            node=node, office=Stream.objects.create(purpose="office"), name="楼门议事厅", short="福园里"
        )
        cls.stream = Stream.objects.create(purpose="meeting", rev=1)
        Meeting.objects.create(
            stream=cls.stream, hall=hall, form="joint", year=2026, ordinal=1, title="第一次",
            starts_at=datetime(2026, 11, 21, 7, tzinfo=UTC), join_code="473819",
        )  # fmt: skip
        cls.seat = Seat.objects.create(
            stream=cls.stream, standing="resident", name="夏玉珍", code="1", device=device_digest("phone-1")
        )
        cls.link = link_token(cls.seat)
        cls.alice = User.objects.create_user("alice")
        Role.objects.create(user=cls.alice, node=node, kind=Role.Kind.OPERATOR)
        cls.charlie = User.objects.create_user("charlie")  # staff of no hall

    def setUp(self) -> None:
        self.screens = Screens()

    @asynccontextmanager
    async def door(self, **pace: Any) -> AsyncIterator[Any]:
        """The sockets' addresses on a hub of this test's own."""
        hub = Hub(Pictures(self.screens))
        paces = Paces(**pace)
        routes = URLRouter(
            [
                path("ws/s/<str:link>/", SeatConsumer.as_asgi(hub=hub, pace=paces)),
                path("ws/room/<str:stream>/<str:audience>/", StaffConsumer.as_asgi(hub=hub, pace=paces)),
            ]
        )
        self.hub = hub
        try:
            yield routes
        finally:
            await hub.stop()

    @asynccontextmanager
    async def page(self, routes: Any, address: str, headers: Any = ()) -> AsyncIterator[WebsocketCommunicator]:
        page = WebsocketCommunicator(routes, address, headers=list(headers))
        try:
            connected, _code = await page.connect()
            self.assertTrue(connected)
            yield page
        finally:
            await page.disconnect()

    @asynccontextmanager
    async def phone(
        self, *, link: str = "", device: str = "phone-1", lang: str = "en", **pace: Any
    ) -> AsyncIterator[WebsocketCommunicator]:
        """A phone that has been greeted and served."""
        async with self.door(**pace) as routes, self.page(routes, f"/ws/s/{link or self.link}/?lang={lang}") as page:
            self.hello = (await page.receive_json_from())["hello"]
            await page.send_json_to({"have": 0, "device": device})
            self.first = [await page.receive_json_from(), await page.receive_json_from()]
            yield page

    async def until(self, page: WebsocketCommunicator, key: str) -> dict[str, Any]:
        """The next message that has `key`."""
        while True:
            message: dict[str, Any] = await page.receive_json_from()
            if key in message:
                return message

    async def said(self) -> list[str]:
        entries = Entry.objects.filter(stream=self.stream, kind="test.said").order_by("seq")
        return [json.loads(entry.body)["word"] async for entry in entries]


class Opening(LiveCase):
    async def test_a_phone_is_greeted_and_served(self) -> None:
        async with self.phone():
            self.assertEqual(set(self.hello), {"now", "rate", "poll"})
            frame = next(message for message in self.first if "parts" in message)
            personal = next(message for message in self.first if "me" in message)
            self.assertEqual(frame["base"], 0)
            self.assertIn(device_digest("phone-1")[:4], personal["me"])

    async def test_a_link_that_is_none_is_told_so_and_closed(self) -> None:
        void = await Seat.objects.acreate(stream=self.stream, standing="resident", code="2")
        link = link_token(void)
        await Seat.objects.filter(pk=void.pk).aupdate(issue=2)
        for wrong, code in (("nonsense", UNKNOWN), (self.link[:-2] + "AA", UNKNOWN), (link, VOID)):
            async with self.door() as routes, self.page(routes, f"/ws/s/{wrong}/?lang=en") as page:
                await page.receive_json_from()
                self.assertIn("say", await page.receive_json_from())
                self.assertEqual((await page.receive_output())["code"], code)
                self.assertEqual(self.hub.rooms, {})

    async def test_leaving_unregisters(self) -> None:
        async with self.phone():
            self.assertEqual(self.hub.rooms[self.stream.pk].size, 1)
            room = self.hub.rooms[self.stream.pk]
        self.assertEqual(room.size, 0)

    async def test_a_consumer_that_is_cancelled_unregisters_too(self) -> None:
        async with self.door() as routes:
            page = WebsocketCommunicator(routes, f"/ws/s/{self.link}/")
            await page.connect()
            await page.receive_json_from()
            await page.send_json_to({"ping": 0})
            await page.receive_json_from()
            room = self.hub.rooms[self.stream.pk]
            page.future.cancel()
            await asyncio.gather(page.future, return_exceptions=True)
            self.assertEqual(room.size, 0)

    async def test_the_language_is_the_pages_own(self) -> None:
        async with self.phone(lang="en") as page:
            await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {"word": "hi"}})
            self.assertEqual((await self.until(page, "act"))["say"], "This field is required.")
        async with self.phone(lang="fr") as page:
            await page.send_json_to({"do": "test.say", "id": "act-00002", "with": {"word": "hi"}})
            self.assertEqual((await self.until(page, "act"))["say"], "这个字段是必填项。")

    async def test_the_cookie_says_the_language_where_the_address_does_not(self) -> None:
        cookie = (b"cookie", f"{settings.LANGUAGE_COOKIE_NAME}=en; broken".encode())
        async with self.door() as routes, self.page(routes, f"/ws/s/{self.link}/", [cookie]) as page:
            await page.receive_json_from()
            await page.send_json_to({"nothing": 1})
            self.assertIn("page", (await page.receive_json_from())["say"])


class Acts(LiveCase):
    async def test_an_act_is_answered_after_it_is_written_and_its_seat_gets_its_part(self) -> None:
        async with self.phone() as page:
            await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {"word": "你好"}})
            answer = await self.until(page, "act")
            self.assertEqual(
                answer,
                {"act": "act-00001", "ok": True, "code": "test.say.done", "say": "This field is required.", "rev": 2,
                 "again": False, "errors": {}},
            )  # fmt: skip
            self.assertIn("me", await self.until(page, "me"))
            await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {"word": "你好"}})
            self.assertTrue((await self.until(page, "act"))["again"])
            await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {"word": "别的"}})
            self.assertEqual((await self.until(page, "act"))["code"], "content_differs")
        self.assertEqual(await self.said(), ["你好"])

    async def test_a_commit_reaches_the_other_pages(self) -> None:
        async with self.phone() as page:
            self.screens.commit(now="item 2")
            await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {"word": "hi"}})
            frame = await self.until(page, "parts")
            self.assertEqual(frame["parts"], {"now": "<p id=now>item 2</p>"})

    async def test_what_is_wrong_with_a_field_is_said_in_the_readers_language(self) -> None:
        for lang, words in (("en", "This field is required."), ("zh-hans", "这个字段是必填项。")):
            async with self.phone(lang=lang) as page:
                await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {}})
                answer = await self.until(page, "act")
                self.assertEqual((answer["code"], answer["errors"]), ("invalid", {"word": [words]}))


class Hostile(LiveCase):
    async def test_each_unknown_message_is_answered_by_one_sentence(self) -> None:
        deep = "[" * 5000 + "]" * 5000
        for text in (
            "no json", "[]", "null", "1", '"have"', deep, '{"have": ' + "9" * 5000 + "}", '{"have": NaN}',
            '{"have": "1"}', '{"have": 1, "device": 7}', '{"have": 1.5}', '{"do": 1}', '{"do": "test.say"}',
            '{"do": "test.say", "id": 1}', '{"do": "test.say", "id": "act-00001", "with": []}',
            '{"do": "test.say", "id": "act-00001", "with": {"word": {"a": 1}}}',
            '{"do": "test.say", "id": "act-00001", "with": {"word": 1.5}}', "{}", '{"x": 1}',
            "x" * (LARGEST_MESSAGE + 1),
            '{"ping": 1, "pad": "' + "议" * (LARGEST_MESSAGE // 3) + '"}',
        ):  # fmt: skip
            with self.subTest(text=text[:40]):
                async with self.phone() as page:
                    await page.send_to(text_data=text)
                    self.assertEqual(set(await page.receive_json_from()), {"say", "code"})
                    await page.send_json_to({"ping": 1})  # and the page goes on
                    self.assertEqual((await page.receive_json_from())["pong"], 1)
        self.assertEqual(await self.said(), [])

    async def test_bytes_are_not_understood(self) -> None:
        async with self.phone() as page:
            await page.send_to(bytes_data=b"\x00\xff")
            self.assertEqual((await page.receive_json_from())["code"], "unknown_act")

    async def test_an_unknown_act_is_answered_as_an_act(self) -> None:
        async with self.phone() as page:
            await page.send_json_to({"do": "no.such.act", "id": "act-00001"})
            answer = await page.receive_json_from()
            self.assertEqual((answer["act"], answer["ok"], answer["code"]), ("act-00001", False, "unknown_act"))
            await page.send_json_to({"do": "test.say", "id": "短", "with": {"word": "hi"}})
            self.assertEqual((await self.until(page, "act"))["code"], "invalid")

    async def test_half_an_emoji_and_bidi_controls_break_nothing(self) -> None:
        async with self.phone() as page:
            for n, word in enumerate(("\\ud83d", "\\u202e<script>", "𪚥👩‍👩‍👧")):
                text = f'{{"do": "test.say", "id": "act-0000{n}", "with": {{"word": "{word}"}}}}'
                await page.send_to(text_data=text)
                self.assertTrue((await self.until(page, "act"))["ok"], word)
        self.assertEqual(await self.said(), ["?", "\u202e<script>", "𪚥👩‍👩‍👧"])

    async def test_too_fast_is_said_and_going_on_closes(self) -> None:
        async with self.phone(clock=lambda: 0.0) as page:
            codes: list[Any] = []
            for n in range(200):
                await page.send_json_to({"do": "test.say", "id": f"act-{n:05}", "with": {"word": "hi"}})
                output = await page.receive_output()
                while output["type"] == "websocket.send" and "act" not in json.loads(output["text"]):
                    output = await page.receive_output()
                if output["type"] == "websocket.close":
                    codes.append(output["code"])
                    break
                codes.append(json.loads(output["text"])["code"])
            self.assertEqual(codes[:10], ["test.say.done"] * 10)
            self.assertEqual(codes[10], "too_fast")
            self.assertEqual(codes[-1], FLOOD)
        self.assertEqual(len(await self.said()), 10)

    async def test_another_seats_link_acts_for_that_seat_alone(self) -> None:
        async with self.phone() as page:
            await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {"word": "hi", "seat": str(uuid4())}})
            self.assertTrue((await self.until(page, "act"))["ok"])
        entry = await Entry.objects.aget(kind="test.said")
        self.assertEqual(json.loads(entry.actor)["role"], "resident")


class Staff(LiveCase):
    async def _cookie(self, user: User) -> list[tuple[bytes, bytes]]:
        client = AsyncClient()
        await sync_to_async(client.force_login)(user)
        return [
            (b"cookie", f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}".encode())
        ]

    async def _closed_with(self, routes: Any, address: str, headers: Any) -> int:
        async with self.page(routes, address, headers) as page:
            await page.receive_json_from()
            self.assertIn("say", await page.receive_json_from())
            code: int = (await page.receive_output())["code"]
            return code

    async def test_staff_of_the_hall_see_the_wall_and_strangers_do_not(self) -> None:
        address = f"/ws/room/{self.stream.pk}/wall/?lang=en"
        alice, charlie = await self._cookie(self.alice), await self._cookie(self.charlie)
        forged = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}=forged".encode())]
        async with self.door() as routes:
            async with self.page(routes, address, alice) as page:
                await page.receive_json_from()
                await page.send_json_to({"have": 0})
                self.assertIn("turnout", (await page.receive_json_from())["parts"])
                self.assertEqual(self.hub.rooms[self.stream.pk].looks(), [("wall", "en")])
            for stranger in (charlie, forged, []):
                self.assertEqual(await self._closed_with(routes, address, stranger), NO_RIGHT)
            nowhere = f"/ws/room/{uuid4()}/wall/?lang=en"
            self.assertEqual(await self._closed_with(routes, nowhere, alice), NO_RIGHT)

    async def test_a_right_taken_away_stops_the_next_act(self) -> None:
        async with self.door() as routes:
            address = f"/ws/room/{self.stream.pk}/desk/?lang=en"
            async with self.page(routes, address, await self._cookie(self.alice)) as page:
                await page.receive_json_from()
                await page.send_json_to({"do": "test.say", "id": "act-00001", "with": {"word": "hi"}})
                self.assertEqual((await self.until(page, "act"))["code"], "not_allowed")  # an act of seats

"""The sockets' door: parse, keep the pace, hand acts to the scribe, answer. No decision is taken here.

From the page: ``{"have": rev, "device": key}`` first; then ``{"do": act, "id": act_id, "with": {…}}``,
``{"me": true}`` for the own personal part, ``{"ping": rev}``.

To the page: ``{"hello": {"now", "rate", "poll"}}``, frames (sessions.live.wire), ``{"me": html}``, ``{"say", "code"}``,
``{"act": id, "ok", "code", "say", "rev", "again", "errors"}``, ``{"pong": rev, "now", "rate"}``. `now` is the hall's
time in ms since 1970, `rate` how many hall seconds pass in a real one, `poll` seconds between polls without sockets.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from http.cookies import CookieError
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.consumer import AsyncConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, parse_cookie
from django.utils.translation import override

from sessions.halls.access import LINK_UNKNOWN, SLIP_VOID, device_digest, seat_actor, seat_by_link, staff_actor
from sessions.halls.models import Seat
from sessions.meetings.access import access_meeting
from sessions.record import acts, clock, scribe
from sessions.record.acts import Actor, Answer, Refused

from .fast import outlet
from .hub import Hub, of_loop
from .pace import TOO_FAST, Bucket, Paces, paces
from .pictures import PHONE
from .room import Socket
from .wire import spell

logger = logging.getLogger("hall.live")

LARGEST_MESSAGE = 16_384  # bytes
POLL = 5  # seconds between two looks of a page whose sockets do not come through
NO_RIGHT, UNKNOWN, VOID, FLOOD = 4403, 4404, 4410, 4429  # closing codes
_CODES = {LINK_UNKNOWN.code: UNKNOWN, SLIP_VOID.code: VOID}


class GarbledError(Exception):
    """A message that no page of ours sends."""


def _unread(constant: str) -> Any:
    raise ValueError(constant)


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode()  # half an emoji from an old keyboard becomes "?"


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return [_value(one) for one in value]
    raise GarbledError


def parse(message: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object of a received message; raises `GarbledError`."""
    text = message.get("text")
    if not isinstance(text, str) or len(text.encode("utf-8", "replace")) > LARGEST_MESSAGE:
        raise GarbledError
    try:
        found = json.loads(text, parse_constant=_unread)
    except (ValueError, RecursionError):
        raise GarbledError from None
    if not isinstance(found, dict):
        raise GarbledError
    return found


def parse_act(message: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """(name, act id, fields) of a message that asks for an act; raises `GarbledError`."""
    name, act_id, data = message["do"], message.get("id"), message.get("with", {})
    if not isinstance(name, str) or not isinstance(act_id, str) or not isinstance(data, dict):
        raise GarbledError
    return _text(name), _text(act_id), {_text(key): _value(value) for key, value in data.items()}


def language_of(scope: Mapping[str, Any]) -> str:
    """The language of a page: its ?lang=, else the cookie, else Chinese."""
    known = dict(settings.LANGUAGES)
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    for wish in (*query.get("lang", ())[:1], _cookies(scope).get(settings.LANGUAGE_COOKIE_NAME, "")):
        if wish in known:
            return str(wish)
    return settings.LANGUAGE_CODE


def _cookies(scope: Mapping[str, Any]) -> dict[str, str]:
    header = b"; ".join(value for name, value in scope.get("headers", ()) if name == b"cookie")
    try:
        return parse_cookie(header.decode("latin-1"))
    except (ValueError, CookieError):
        return {}


def _submit(name: str, *, language: str, **given: Any) -> Future[Answer]:
    with override(language):  # what a form says of its fields is said in the reader's language
        return scribe.submit(name, **given)


class Live(AsyncConsumer):
    """One open page. Lean on purpose: no channel of its own, no task per message, no thread but for the database."""

    channel_layer_alias = None

    def __init__(self, hub: Hub | None = None, pace: Paces = paces) -> None:
        self._given_hub = hub
        self._pace = pace
        self._patience = Bucket(20, 2)  # offences against pace or form before the socket is closed
        self._messages = Bucket(60, 0.2)  # of any kind
        self.language = settings.LANGUAGE_CODE
        self._closed = False
        self.actor: Actor | None = None
        self.socket: Socket | None = None

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        self.language = language_of(scope)
        self.hub = self._given_hub or of_loop()
        try:
            while not self._closed:
                message = await receive()
                if message["type"] == "websocket.receive":
                    await self._received(message)
                elif message["type"] == "websocket.connect":
                    await self._opened(send)
                elif message["type"] == "websocket.disconnect":
                    return
        finally:
            if self.socket is not None:
                self.hub.leave(self.socket)

    # --- for the two kinds of page -----------------------------------------------------------------------------
    def admit(self) -> tuple[UUID, str, UUID | None]:
        """(stream, audience, seat) of the page, and who acts in `self.actor`; raises `Refused`. Reads the database."""
        raise NotImplementedError

    def hold(self, device: str) -> None:
        """The page has sent its device key."""

    # --- opening -----------------------------------------------------------------------------------------------
    async def _opened(self, send: Any) -> None:
        """Accept first, load later: a storm of phones must not run into the server's time-out."""
        await send({"type": "websocket.accept"})
        now, rate = int(clock.now().timestamp() * 1000), clock.rate()
        await self._tell({"hello": {"now": now, "rate": rate, "poll": POLL}})
        try:
            stream, audience, seat = await self.hub.people.run(self.admit)
        except Refused as refused:
            await self._say(refused)
            await self._close(_CODES.get(refused.code, NO_RIGHT))
            return
        self.socket = Socket(stream, audience, self.language, outlet(send), seat)
        self.hub.enter(self.socket)

    # --- messages ----------------------------------------------------------------------------------------------
    async def _received(self, message: Mapping[str, Any]) -> None:
        try:
            if not self._messages.take():
                raise TOO_FAST()
            await self._understand(parse(message))
        except GarbledError:
            await self._offended(acts.UNKNOWN_ACT())
        except Refused as refused:
            await self._offended(refused)

    async def _understand(self, message: dict[str, Any]) -> None:
        assert self.socket is not None
        if "do" in message:
            await self._do(*parse_act(message))
        elif "have" in message:
            have, device = message["have"], message.get("device") or ""
            if not isinstance(have, int) or not isinstance(device, str):
                raise GarbledError
            self.hold(_text(device))
            self.hub.greet(self.socket, have)
            await self.hub.personal(self.socket)
        elif "me" in message:
            await self.hub.personal(self.socket)
        elif "ping" in message:
            now = int(clock.now().timestamp() * 1000)
            rev = message["ping"] if isinstance(message["ping"], int) else 0
            await self._tell({"pong": rev, "now": now, "rate": clock.rate()})
        else:
            raise GarbledError

    async def _do(self, name: str, act_id: str, data: dict[str, Any]) -> None:
        assert self.socket is not None
        assert self.actor is not None
        try:
            if not self._pace.take(self.actor.key, acts.find(name)):
                raise TOO_FAST()
        except Refused as refused:
            await self._answer(Answer(act_id[:64], False, refused.code))
            await self._offended(None)
            return
        given = {"actor": self.actor, "stream": self.socket.stream, "data": data, "act_id": act_id}
        if settings.SCRIBE == "inline":
            waiting = await sync_to_async(_submit)(name, language=self.language, **given)
        else:
            waiting = _submit(name, language=self.language, **given)
        await self._answer(await asyncio.wrap_future(waiting))
        if self.socket.seat is not None:
            await self.hub.personal_to(self.socket.stream, self.socket.seat)

    # --- answers -----------------------------------------------------------------------------------------------
    async def _close(self, code: int) -> None:
        self._closed = True
        await self.base_send({"type": "websocket.close", "code": code})

    async def _tell(self, message: Mapping[str, Any]) -> None:
        await self.base_send({"type": "websocket.send", "text": spell(message)})

    async def _answer(self, answer: Answer) -> None:
        message = {"act": answer.act_id, "ok": answer.ok, "code": answer.code, "say": answer.words(self.language)}
        await self._tell({**message, "rev": answer.rev, "again": answer.again, "errors": answer.errors})

    async def _say(self, refused: Refused) -> None:
        words = Answer("", False, refused.code, refused.params).words(self.language)
        await self._tell({"say": words, "code": refused.code})

    async def _offended(self, refused: Refused | None) -> None:
        """Too fast or not understood: say so; who goes on and on is shown the door."""
        if not self._patience.take():
            await self._close(FLOOD)
        elif refused is not None:
            await self._say(refused)


class SeatConsumer(Live):
    """A resident's phone: /ws/s/<link>/. The link finds the seat; each act asks anew whether the phone holds it."""

    def admit(self) -> tuple[UUID, str, UUID | None]:
        self._seat: Seat = seat_by_link(self.scope["url_route"]["kwargs"]["link"])
        self.actor = seat_actor(self._seat)
        return self._seat.stream_id, PHONE, self._seat.pk

    def hold(self, device: str) -> None:
        assert self.socket is not None
        self.actor = seat_actor(self._seat, device_key=device)
        self.socket.device = device_digest(device)


class StaffConsumer(Live):
    """Wall, console or desk: /ws/room/<stream>/<audience>/, for staff with any role on the hall."""

    def admit(self) -> tuple[UUID, str, UUID | None]:
        request = HttpRequest()
        engine = import_module(settings.SESSION_ENGINE)
        request.session = engine.SessionStore(_cookies(self.scope).get(settings.SESSION_COOKIE_NAME))
        user = get_user(request)
        where = self.scope["url_route"]["kwargs"]
        meeting = access_meeting(user, UUID(where["stream"]))
        assert isinstance(user, AbstractBaseUser)  # nobody else gets through
        self.actor = staff_actor(user)
        return meeting.stream_id, where["audience"], None

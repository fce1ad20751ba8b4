"""The server of the benchmarks: the real hub, consumer and scribe on daphne, beside what Channels offers by itself.

Run by tests.load.client.server; prints its port when it serves. The screens are a few made-up parts, so that what is
measured is the way, not the templates.
"""

from __future__ import annotations

import functools
import os
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django
from django.conf import settings

django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from django import forms  # noqa: E402
from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402

from sessions.halls.access import Visitor  # noqa: E402
from sessions.live.consumer import Live  # noqa: E402
from sessions.live.hub import Hub  # noqa: E402
from sessions.live.pictures import PHONE, Pictures  # noqa: E402
from sessions.live.wire import spell  # noqa: E402
from sessions.record import acts, scribe  # noqa: E402
from sessions.record.models import Stream  # noqa: E402

PART = 1500  # bytes of the part that changes with each broadcast
GROUP = "everybody"


class ChoiceForm(forms.Form):
    choice = forms.CharField(max_length=10)


def _write(scenes: list[Any], data: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    for scene, fields in zip(scenes, data, strict=True):
        scene.write("bench.cast", {"choice": fields["choice"]})
    return [{} for _ in scenes]


def _anyone(actor: Any, subject: Any) -> bool:
    return True


@acts.act(
    "bench.cast",
    form=ChoiceForm,
    right=_anyone,
    locate=lambda pk: Stream.objects.get(pk=pk),
    said="ok",
    pace=(10_000, 1),
    bulk=lambda *, scenes, data: _write(scenes, data),
)
def cast(*, scene: Any, choice: str) -> dict[str, Any]:
    return _write([scene], [{"choice": choice}])[0]


class Screens:
    """One part that changes when told to, two that never do."""

    def __init__(self) -> None:
        self.revision = 1

    def rev(self, stream: UUID) -> int:
        return self.revision

    def parts(self, stream: UUID, audience: str, language: str) -> Mapping[str, str]:
        return {"now": payload(self.revision), "top": "<p id=top>1/4</p>", "bar": "<p id=bar></p>"}

    def me(self, seat: UUID, device: str, language: str) -> str:
        return "<p id=me></p>"

    def sorting(self, stream: UUID) -> str:
        return ""

    def sort(self, stream: UUID) -> Mapping[UUID, str]:
        return {}

    def concerns(self, stream: UUID) -> Mapping[UUID, str]:
        return {}


def payload(number: int) -> str:
    return f"<p id=now>{number} ".ljust(PART, "x") + "</p>"


screens = Screens()
stream = uuid.uuid4()


@functools.cache
def _hub() -> Hub:
    """The hub of this process, made in its event loop."""
    hub = Hub(Pictures(screens), layer=get_channel_layer())
    hub.start()
    return hub


class HubPage(Live):
    """The product's consumer; only who sits there is made up."""

    def __init__(self) -> None:
        super().__init__(_hub())

    def admit(self) -> tuple[UUID, str, UUID | None]:
        self.actor = Visitor(uuid.uuid4().hex)
        return stream, PHONE, uuid.uuid4()


class StockPage(AsyncJsonWebsocketConsumer):
    """The baseline: Channels as its tutorial shows it. A group of all pages; a transaction per message, awaited."""

    async def connect(self) -> None:
        self.actor = Visitor(uuid.uuid4().hex)
        await self.accept()
        await self.channel_layer.group_add(GROUP, self.channel_name)

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def news(self, message: dict[str, Any]) -> None:
        await self.send(message["text"])

    async def receive_json(self, content: dict[str, Any]) -> None:
        if "do" in content:
            await self.send_json(await self._written(content))

    @database_sync_to_async
    def _written(self, content: dict[str, Any]) -> dict[str, Any]:
        name = content["do"]
        job = scribe.Job(
            acts.find(name), self.actor, stream, content["with"], content["id"], acts.content_of(name, content["with"])
        )
        scribe.write([job])
        answer = job.future.result(0)
        return {"act": answer.act_id, "ok": answer.ok, "rev": answer.rev}


async def application(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """/ws/hub/, /ws/plain/ (without daphne's insides), /ws/stock/; /fire/hub/, /fire/stock/, /ways/, /count/."""
    path = scope["path"]
    if scope["type"] == "websocket":
        if path == "/ws/stock/":
            await StockPage.as_asgi()(scope, receive, send)
        elif path == "/ws/plain/":

            async def plain(message: dict[str, Any]) -> None:
                await send(message)

            await HubPage()(scope, receive, plain)
        else:
            await HubPage()(scope, receive, send)
        return
    text = ""
    if path == "/fire/stock/":
        screens.revision += 1
        frame = {"rev": screens.revision, "base": 0, "parts": {"now": payload(screens.revision)}}
        await get_channel_layer().group_send(GROUP, {"type": "news", "text": spell(frame)})
    elif path == "/fire/hub/":
        screens.revision += 1
        _hub().told(stream, screens.revision)
    elif path == "/ways/":
        room = _hub().rooms[stream]
        ways = Counter(type(socket.outlet).__name__ for crowd in room.crowds.values() for socket in crowd)
        text = spell(ways)
    elif path == "/count/":
        text = str(await database_sync_to_async(_written)())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})


def _written() -> int:
    return Stream.objects.get(pk=stream).entries.count()


def main(application: Any = application) -> None:
    """Make the database, then serve until told to end."""
    import socket

    from daphne.server import Server

    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    Stream.objects.create(pk=stream, purpose="meeting")
    django.db.connections.close_all()
    door = socket.create_server(("127.0.0.1", 0), backlog=4096)
    port = door.getsockname()[1]
    Server(
        application,
        [f"fd:fileno={door.detach()}"],
        verbosity=0,
        ready_callable=lambda: print(port, flush=True),
        websocket_handshake_timeout=60,
        websocket_connect_timeout=60,
        websocket_max_message_size=16_384,
        websocket_max_frame_size=16_384,
    ).run()


if __name__ == "__main__":
    main()

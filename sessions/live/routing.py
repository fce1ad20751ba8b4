"""The addresses of the sockets."""

from __future__ import annotations

from typing import Any, cast

from channels.routing import URLRouter
from django.urls import path, re_path

from .consumer import SeatConsumer, StaffConsumer
from .origin import OwnOrigin

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


async def nowhere(scope: Any, receive: Any, send: Any) -> None:
    """An address that is none: refused before the handshake."""
    await send({"type": "websocket.close", "code": 4404})


sockets: list[Any] = [
    path("ws/s/<str:link>/", SeatConsumer.as_asgi()),
    re_path(rf"^ws/room/(?P<stream>{_UUID})/(?P<audience>wall|console|desk)/$", StaffConsumer.as_asgi()),
    re_path(r"", cast(Any, nowhere)),  # Django's own types know views alone
]

application = OwnOrigin(URLRouter(sockets))

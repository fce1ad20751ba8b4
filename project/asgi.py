"""The application that daphne serves: pages by Django, sockets by the live room."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()  # loads the apps, before anything below is imported

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from sessions.live import hub, routing  # noqa: E402


async def http(scope: Any, receive: Any, send: Any) -> None:
    """A page. The hub is awake from the first one on, so that what is written here is poked to other processes."""
    hub.of_loop()
    await pages(scope, receive, send)


if settings.DEMO:
    from project.demo import clock

    clock.begin()

application = ProtocolTypeRouter({"http": http, "websocket": routing.application})

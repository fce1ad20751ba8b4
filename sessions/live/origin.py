"""Origin: which pages may open a socket. The one gate, since browsers ask nobody before they open one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import is_same_domain

Application = Any


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    values = [value for key, value in scope.get("headers", []) if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def allowed(origin: str, host: str) -> bool:
    """Whether a page of `origin` may open a socket on the address `host` (the Host header of the handshake).

    Only a page of that very address, port included, and only of an allowed host; a "*" among them allows nobody.
    The public address counts as well, for a proxy that changes the Host.
    """
    try:
        page = urlsplit(origin)
        name = (page.hostname or "").rstrip(".")
    except ValueError:
        return False
    if page.scheme not in {"http", "https"} or not name or page.path or page.query or page.fragment:
        return False
    name = f"[{name}]" if ":" in name else name
    if not any(pattern != "*" and is_same_domain(name, pattern.lower()) for pattern in settings.ALLOWED_HOSTS):
        return False
    return page.netloc.lower() == host.lower() or origin.lower() == settings.PUBLIC_URL.lower()


class OwnOrigin:
    """Lets only the hall's own pages in; others are refused before the handshake (403)."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if allowed(_header(scope, b"origin"), _header(scope, b"host")):
            await self.application(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 4403})

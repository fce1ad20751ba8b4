"""Content Security Policy (内容安全策略): the one part that depends on the request, the socket's address."""

from __future__ import annotations

from csp.middleware import CSPMiddleware, PolicyParts
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase


class SocketCSPMiddleware(CSPMiddleware):
    """Names ``ws://`` and ``wss://`` of the host asked for: to older phones ``'self'`` does not cover sockets.

    The host has passed ``ALLOWED_HOSTS``; an answer to one that has not gets no socket at all.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if report_only:
            return parts
        try:
            host = request.get_host()
        except DisallowedHost:
            return parts
        update = dict(parts.update or {})
        given = update.get("connect-src", [])
        named = [given] if isinstance(given, str) else list(given)
        update["connect-src"] = [*named, f"ws://{host}", f"wss://{host}"]
        parts.update = update
        return parts

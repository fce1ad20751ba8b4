"""For load balancers and the launcher: whether this process can read its database and write to it."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from sessions.record.models import Stream


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 {"ok": true}, or 503 when the database does not answer. Says nothing else to a stranger."""
    try:
        Stream.objects.exists()
    except DatabaseError:
        return JsonResponse({"ok": False}, status=503)
    return JsonResponse({"ok": True})

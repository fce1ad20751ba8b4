"""Pages of the staff: wall, console and desk of one meeting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from sessions.halls.access import staff_actor
from sessions.halls.qr import symbol
from sessions.meetings import reads as sitting
from sessions.meetings.access import access_meeting
from sessions.meetings.models import Meeting
from sessions.record.acts import Refused

from .doors import act_by_form, as_json, plain_fields, wants_json, words
from .pictures import CONSOLE, DESK, STAFF, of_process
from .screens import console, desk

BESIDE = {CONSOLE: console.page, DESK: desk.page}  # what stands beside the live parts and is no part itself
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
NO_TOKEN = '<input type="hidden" name="csrfmiddlewaretoken" value="">'  # noqa: S105  (a place for one)


def found_meeting(request: HttpRequest, stream: UUID) -> Meeting:
    """The meeting, for staff with any role on its hall; raises PermissionDenied alike for none and no right."""
    try:
        return access_meeting(request.user, stream)
    except Refused:
        raise PermissionDenied from None


def _reachable(request: HttpRequest) -> str:
    """Scheme and host under which a phone finds us: as asked, but never this machine's name for itself."""
    here = urlsplit(request.build_absolute_uri("/"))
    if here.hostname in LOOPBACK:
        near = [host for host in settings.ALLOWED_HOSTS if host.count(".") == 3 and host not in LOOPBACK]
        if near:
            return f"{here.scheme}://{near[0]}:{here.port or 80}"
    return f"{here.scheme}://{here.netloc}"


def join_url(request: HttpRequest, meeting: Meeting) -> str:
    """What the QR code on the wall says: the canonical address of the meeting's door, never a token."""
    path = reverse("live:join", kwargs={"code": meeting.join_code})
    return (settings.PUBLIC_URL or _reachable(request)) + path


def _with_token(request: HttpRequest, html: str) -> SafeString:
    """A shared part holds no token; each reader's page gets its own, so that its forms work without a script."""
    token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    return mark_safe(html.replace(NO_TOKEN, token))  # noqa: S308  (our own templates)


def _show(
    request: HttpRequest,
    meeting: Meeting,
    audience: str,
    query: Mapping[str, str],
    *,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    picture = of_process().picture(meeting.stream_id, audience, get_language() or "zh-hans")
    context: dict[str, Any] = {
        "parts": {name: _with_token(request, html) for name, html in picture.parts.items()},
        "meeting": sitting.meeting_view(meeting),
        "live": {
            "ws": f"/ws/room/{meeting.stream_id}/{audience}/",
            "frame": f"/room/{meeting.stream_id}/{audience}/frame",
            "rev": picture.rev,
            "qr": symbol(join_url(request, meeting)),
            "join": join_url(request, meeting),
        },
    }
    if audience in BESIDE:
        helper = staff_actor(request.user).name  # type: ignore[arg-type]
        made = BESIDE[audience](meeting.stream_id, query, helper=helper, typed=typed)
        context |= {name: _with_token(request, html) for name, html in made.items()}
    return render(request, f"live/{audience}/page.html", context, status=status)


@never_cache
@login_required
@require_GET
def screen(request: HttpRequest, stream: UUID, audience: str) -> HttpResponse:
    """One of the three staff pages, complete without a script."""
    return _show(request, found_meeting(request, stream), audience, request.GET)


@never_cache
@login_required
@require_GET
def frame(request: HttpRequest, stream: UUID, audience: str) -> HttpResponse:
    """The newest frame for a page whose sockets do not come through; 204 if it shows it already."""
    meeting = found_meeting(request, stream)
    have = request.GET.get("have", "")
    known = int(have) if have.isdecimal() and len(have) < 18 else None
    body = of_process().frame(meeting.stream_id, audience, get_language() or "zh-hans", known)
    return HttpResponse(status=204) if body is None else HttpResponse(body, content_type="application/json")


@never_cache
@login_required
@require_POST
def do(request: HttpRequest, stream: UUID) -> HttpResponse:
    """An act of the staff by form."""
    meeting = found_meeting(request, stream)
    answer = act_by_form(request, staff_actor(request.user), meeting.stream_id)  # type: ignore[arg-type]
    if wants_json(request):
        return as_json(answer)
    audience, _, query = request.POST.get("next", "").partition("?")
    audience = audience if audience in STAFF else CONSOLE
    if answer.ok:
        messages.success(request, words(answer))
        target = reverse("live:screen", kwargs={"stream": stream, "audience": audience})
        return redirect(f"{target}?{query}" if query.startswith(("seat=", "ask=")) else target)
    messages.error(request, words(answer))
    typed = plain_fields(request.POST)  # what a person typed survives the refusal
    return _show(request, meeting, audience, QueryDict(query), typed=typed, status=409)

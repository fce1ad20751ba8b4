"""Pages of the demo: the start page, the doors that sign one in by a button, and the player's hold on the clock.

Nothing here answers outside a demo data folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from project.launch import addresses
from sessions.halls.access import ANY_STAFF, CHAIR, DESK, OFFICE, digits_of, slip_token
from sessions.halls.qr import data_uri
from sessions.live.doors import check_origin
from sessions.live.hub import announce_time
from sessions.meetings.access import access_meeting
from sessions.meetings.models import Meeting
from sessions.meetings.reads import meeting_view
from sessions.record.acts import Refused, Right

from . import clock
from .data import CHAIR as CHAIR_NAME
from .data import OPERATOR, SECRETARY, STAFF
from .load import demo_meeting, seats_by_door

View = Callable[..., HttpResponse]
LOOPBACK = {"localhost", "127.0.0.1"}


@dataclass(frozen=True)
class Door:
    """A page of the staff that a button opens: who is signed in for it, unless one may open it already."""

    name: str
    words: str | Promise
    what: str | Promise
    icon: str
    who: str
    right: Right
    main: bool = False


_WALL = _("For the whole hall; open it in a second window and press F11.")
_CONSOLE = _("The facilitator's computer: the red button is the next step.")
_DESK = _("At the door, for those who come without a phone.")
_DOCUMENTS = _("After the meeting: make the minutes and the resolution, and sign them.")
DOORS = {
    door.name: door
    for door in (
        Door("wall", _("Wall"), _WALL, "screen", OPERATOR, ANY_STAFF, main=True),
        Door("console", _("Console"), _CONSOLE, "list", CHAIR_NAME, CHAIR, main=True),
        Door("desk", _("Desk"), _DESK, "desk", SECRETARY, DESK),
        Door("documents", _("Documents"), _DOCUMENTS, "doc", SECRETARY, OFFICE),
    )
}

PHONES: dict[str, str | Promise] = {
    "1-1-201": _("one flat, one ballot"),
    "2-1-101": _("owns two flats: one ballot, both areas"),
    "3-1-401": _("77, usually comes to the desk"),
    "1-1-501": _("will also vote for a neighbour, once the desk has the written proxy"),
    "2-1-102": _("a tenant: may speak and ask, the owner votes"),
}
OWN_PHONE = "1-1-301"  # the door whose eight digits the start page shows


def _demo_only(view: View) -> View:
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return shown


def _meeting() -> Meeting:
    meeting = demo_meeting()
    if meeting is None:
        raise Http404(_("The demo hall is not loaded yet: stop the server and start ./hall demo again."))
    return meeting


def own_address(request: HttpRequest) -> str:
    """The address that another phone in this network can open."""
    if settings.PUBLIC_URL:
        return settings.PUBLIC_URL
    here = urlsplit(request.build_absolute_uri("/"))
    near = addresses.lan_addresses()
    if here.hostname in LOOPBACK and near:
        return addresses.url(near[0], here.port or 80)
    return f"{here.scheme}://{here.netloc}"


@never_cache
@_demo_only
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """What to try, in three sentences, and everything one needs for it."""
    meeting = _meeting()
    seats, address = seats_by_door(meeting), own_address(request)
    join = address + reverse("live:join", kwargs={"code": meeting.join_code})
    digits = digits_of(seats[OWN_PHONE])
    context = {
        "meeting": meeting_view(meeting),
        "doors": [DOORS[name] for name in ("wall", "console", "desk")],
        "documents": DOORS["documents"],
        "phones": [
            {"door": door, "name": seats[door].name, "what": what, "slip": slip_token(seats[door])}
            for door, what in PHONES.items()
        ],
        "address": address,
        "code": f"{meeting.join_code[:3]} {meeting.join_code[3:]}",
        "digits": f"{digits[:4]} {digits[4:]}",
        "own": seats[OWN_PHONE],
        "join": join,
        "qr": data_uri(join),
    }
    return render(request, "demo/start.html", context)


@csrf_exempt  # being signed in as someone else's demo harms nobody, and a new sign-in would void the other buttons
@never_cache
@_demo_only
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, door: str) -> HttpResponse:
    """Through one of the staff's doors, signed in as the person of the script; a link to it shows the button first."""
    if door not in DOORS:
        raise Http404
    meeting, opened = _meeting(), DOORS[door]
    if request.method == "GET":
        return render(request, "demo/enter.html", {"door": opened, "meeting": meeting_view(meeting)})
    check_origin(request)
    try:
        access_meeting(request.user, meeting.stream_id, opened.right)
    except Refused:
        person = get_user_model().objects.get(username=STAFF[opened.who][0])
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    if door == "documents":
        return redirect("documents:of_meeting", meeting.stream_id)
    return redirect("live:screen", stream=meeting.stream_id, audience=door)


class ClockForm(forms.Form):
    """Where the clock is set to, how fast it goes on from there, and where it stops."""

    moment = forms.CharField()
    rate = forms.IntegerField(min_value=0, max_value=100_000)
    until = forms.CharField(required=False)

    def _instant(self, name: str) -> datetime | None:
        text = self.cleaned_data[name]
        try:
            found = datetime.fromisoformat(text) if text else None
        except ValueError:
            found = None
        if text and (found is None or found.tzinfo is None):
            raise forms.ValidationError(_("An instant is written like 2026-11-19T15:08:00+08:00."))
        return found

    def clean_moment(self) -> datetime | None:
        return self._instant("moment")

    def clean_until(self) -> datetime | None:
        return self._instant("until")


@csrf_exempt  # the key in the header is what counts; no browser sends it
@never_cache
@_demo_only
@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Set the hall clock; for the player of this data folder alone, whose key stands in ``X-Play-Key``."""
    if not clock.is_play_key(request.headers.get("X-Play-Key", "")):
        return HttpResponse(status=403)
    form = ClockForm(request.POST)
    if not form.is_valid():
        return HttpResponse(str(form.errors), status=400)
    given = form.cleaned_data
    try:
        clock.step(given["moment"], rate=given["rate"], until=given["until"])
    except Refused:
        return HttpResponse(clock.BEHIND.code, status=409)
    announce_time()
    return HttpResponse(status=204)

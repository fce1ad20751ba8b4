"""The way in 入口: the start page, a meeting's code, the eight digits, the slip, the guests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions.halls.access import (
    Visitor,
    device_digest,
    link_token,
    new_device_key,
    seat_actor,
    seat_by_digits,
    seat_by_slip,
    shown_as,
    slip_token,
)
from sessions.halls.models import Seat
from sessions.halls.throttle import Throttle, address, too_many
from sessions.meetings import reads as sitting
from sessions.meetings.access import meeting_by_code, meeting_of
from sessions.meetings.models import Meeting
from sessions.record import scribe
from sessions.record.acts import Answer, Refused

from .doors import check_origin, new_act_id, no_referrer, words
from .phones import device_of, remember_device

wrong_digits = Throttle("digits", limit=20, window_seconds=120)  # a whole hall may share one address


class CodeForm(forms.Form):
    """The six digits on the wall."""

    code = forms.CharField(max_length=20, label=_("Six digits"))


class DigitsForm(forms.Form):
    """The eight digits on a slip."""

    digits = forms.CharField(max_length=20, label=_("Eight digits"))


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The first page of an installation: join, read, verify."""
    return render(request, "live/start.html", {"form": CodeForm()})


@csrf_exempt  # nothing is changed
@require_http_methods(["GET", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Where the six digits are typed; leads to the meeting's door."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("live:join", code=meeting_by_code(form.cleaned_data["code"]).join_code)
        except Refused as refused:
            form.add_error("code", _sentence(refused))
    return render(request, "live/start.html", {"form": form}, status=404 if form.errors else 200)


def _sentence(refused: Refused) -> str:
    return words(Answer("", False, refused.code, refused.params))


def _meeting(code: str) -> Meeting:
    try:
        return meeting_by_code(code)
    except Refused as refused:
        raise Http404(_sentence(refused)) from None


@no_referrer
@csrf_exempt  # finds a seat and changes nothing; a stranger's phone may hold no cookie
@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """A meeting's door: the eight digits of a slip, or in as a guest. Guessing slows per address and meeting."""
    meeting = _meeting(code)
    form = DigitsForm(request.POST or None)
    who = f"{address(request)} {meeting.stream_id}"
    if request.method == "POST" and form.is_valid():
        if wrong_digits.full(who):
            return too_many(request, wrong_digits.retry_after(who))
        try:
            seat = seat_by_digits(meeting.stream_id, form.cleaned_data["digits"])
        except Refused as refused:
            wrong_digits.allow(who)
            form.add_error("digits", _sentence(refused))
        else:
            return redirect("live:slip", slip=slip_token(seat))
    context = {"meeting": sitting.meeting_view(meeting), "form": form}
    return render(request, "live/phone/join.html", context, status=404 if form.errors else 200)


@no_referrer
@csrf_exempt  # authorised by the slip in the address
@never_cache
@require_http_methods(["GET", "POST"])
def slip(request: HttpRequest, slip: str) -> HttpResponse:
    """A personal slip was scanned: is it you? Then two taps and in."""
    try:
        seat = seat_by_slip(slip)
    except Refused as refused:
        raise Http404(_sentence(refused)) from None
    if request.method == "POST":
        return _check_in(request, seat)
    if seat.device and seat.device == device_digest(device_of(request, seat)):
        return redirect("live:seat", link=link_token(seat))
    return _ask(request, seat)


def _ask(request: HttpRequest, seat: Seat, *, problem: str = "", status: int = 200) -> HttpResponse:
    meeting = meeting_of(seat.stream_id)
    context: dict[str, Any] = {
        "meeting": sitting.meeting_view(meeting),
        "state": sitting.seat_state(seat),
        "shown_as": shown_as(seat),
        "household": seat.household,
        "act_id": new_act_id(),
        "device": device_of(request, seat) or new_device_key(),
        "problem": problem,
        "link": link_token(seat),
    }
    return render(request, "live/phone/slip.html", context, status=status)


def _check_in(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Check in on this phone, or take the seat over from another one."""
    check_origin(request)
    key = device_of(request, seat)[:64] or new_device_key()
    name = "presence.take_over" if request.POST.get("act") == "presence.take_over" else "presence.check_in"
    answer = scribe.perform(
        name,
        actor=seat_actor(seat, device_key=key, proved=True),
        stream=seat.stream_id,
        data={"device": key},
        act_id=request.POST.get("act_id") or new_act_id(),
    )
    if not answer.ok:
        return _ask(request, seat_by_slip(slip_token(seat)), problem=words(answer), status=409)
    response = redirect("live:seat", link=link_token(seat))
    remember_device(response, seat, key, secure=settings.HTTPS)
    return response


@no_referrer
@csrf_exempt  # a visitor has nothing yet that could be misused
@never_cache
@require_POST
def guest(request: HttpRequest, code: str) -> HttpResponse:
    """In as a guest: may listen, ask and speak, and never votes."""
    check_origin(request)
    meeting = _meeting(code)
    key = (request.POST.get("device") or new_device_key())[:64]
    answer = scribe.perform(
        "presence.join_as_guest",
        actor=Visitor(device_digest(key)),
        stream=meeting.stream_id,
        data={"device": key, "name": request.POST.get("name", "")},
        act_id=request.POST.get("act_id") or new_act_id(),
    )
    if not answer.ok:
        context = {"meeting": sitting.meeting_view(meeting), "form": DigitsForm(), "problem": words(answer)}
        return render(request, "live/phone/join.html", context, status=409)
    seat = Seat.objects.get(pk=answer.params["seat"])
    response = redirect("live:seat", link=link_token(seat))
    remember_device(response, seat, key, secure=settings.HTTPS)
    return response

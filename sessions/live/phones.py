"""Pages of the residents' phones: the seat's page and the few pages that work without a script."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions.halls.access import device_digest, link_token, seat_actor, seat_by_link, shown_as
from sessions.halls.models import Seat
from sessions.meetings import reads as sitting
from sessions.meetings.access import meeting_of
from sessions.record.acts import Answer, Refused
from voting import reads as votes
from voting.models import Ballot

from .doors import act_by_form, as_json, check_origin, new_act_id, no_referrer, plain_fields, wants_json, words
from .pictures import of_process
from .screens import phone

A_MONTH = 30 * 24 * 3600


def device_cookie(seat: Seat) -> str:
    """The name of the cookie that holds a seat's device key."""
    return f"seat_{seat.pk.hex[:12]}"


def remember_device(response: HttpResponse, seat: Seat, key: str, *, secure: bool) -> None:
    """Give the phone its key; the page's script keeps a copy, since in-app browsers forget."""
    response.set_cookie(device_cookie(seat), key, max_age=A_MONTH, httponly=True, samesite="Lax", secure=secure)


def device_of(request: HttpRequest, seat: Seat) -> str:
    """The device key in this request: in the form or the header, else in the cookie. The link stands beside it."""
    given = request.POST.get("device") or request.headers.get("X-Hall-Device") or ""
    return given or request.COOKIES.get(device_cookie(seat), "")


def found_seat(link: str) -> Seat:
    """The seat of a link; raises Http404 with the sentence that helps."""
    try:
        return seat_by_link(link)
    except Refused as refused:
        raise Http404(words(Answer("", False, refused.code, refused.params))) from None


def seat_page(
    request: HttpRequest, seat: Seat, *, typed: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """The whole page of a seat, complete without any script."""
    pictures, device = of_process(), device_of(request, seat)
    meeting, link = meeting_of(seat.stream_id), link_token(seat)
    audience = pictures.sorting(seat.stream_id).audience(seat.pk)
    picture = pictures.picture(seat.stream_id, audience, get_language() or "zh-hans")
    mine = phone.Mine(seat, meeting, device_digest(device))
    context: dict[str, Any] = {
        "parts": {name: mark_safe(html) for name, html in picture.parts.items()},  # noqa: S308  (our own templates)
        "me": mark_safe(phone.me(seat, meeting, device_digest(device))),  # noqa: S308
        "mine": mine,
        "meeting": sitting.meeting_view(meeting),
        "shown_as": shown_as(seat),
        "act_id": new_act_id(),
        "typed": typed or {},
        "live": {
            "ws": f"/ws/s/{link}/",
            "frame": f"/s/{link}/frame",
            "rev": picture.rev,
            "device": device,
            "device_name": device_cookie(seat),
        },
    }
    return render(request, "live/phone/page.html", context, status=status)


@no_referrer
@never_cache
@require_GET
def seat(request: HttpRequest, link: str) -> HttpResponse:
    """A resident's page."""
    return seat_page(request, found_seat(link))


@never_cache
@require_GET
def seat_frame(request: HttpRequest, link: str) -> HttpResponse:
    """The newest frame for a phone whose sockets do not come through; 204 if it shows it already."""
    found = found_seat(link)
    have = request.GET.get("have", "")
    body = of_process().seat_frame(
        found.stream_id,
        found.pk,
        device_digest(device_of(request, found)),
        get_language() or "zh-hans",
        int(have) if have.isdecimal() and len(have) < 18 else None,
    )
    return HttpResponse(status=204) if body is None else HttpResponse(body, content_type="application/json")


@no_referrer
@csrf_exempt  # authorised by the link in the address and the device key; see the README, "How it is kept safe"
@never_cache
@require_POST
def seat_do(request: HttpRequest, link: str) -> HttpResponse:
    """An act of a seat by form."""
    check_origin(request)
    found = found_seat(link)
    answer = act_by_form(request, seat_actor(found, device_key=device_of(request, found)), found.stream_id)
    if wants_json(request):
        return as_json(answer)
    if answer.ok:
        messages.success(request, words(answer))
        return redirect("live:seat", link=link)
    messages.error(request, words(answer))
    return seat_page(request, found, typed=plain_fields(request.POST), status=409)


@no_referrer
@never_cache
@require_GET
def speak(request: HttpRequest, link: str) -> HttpResponse:
    """How would you like to speak? One tap for each way that is open now."""
    found = found_seat(link)
    meeting = meeting_of(found.stream_id)
    context = {
        "meeting": sitting.meeting_view(meeting),
        "place": sitting.my_place(meeting, found),
        "speech_minutes": max(1, meeting.speech_seconds // 60),
        "act_id": new_act_id(),
        "back": reverse("live:seat", kwargs={"link": link}),
        "action": reverse("live:seat_do", kwargs={"link": link}),
    }
    return render(request, "live/phone/speak.html", context)


@no_referrer
@csrf_exempt  # it only shows the choice again
@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, link: str) -> HttpResponse:
    """Show a choice once more before it is cast, for phones without a script."""
    found = found_seat(link)
    meeting = meeting_of(found.stream_id)
    vote = votes.row_now(meeting)
    choice = request.POST.get("choice", "")
    if request.method == "GET" or vote is None or choice not in Ballot.Choice.values:
        return HttpResponseRedirect(reverse("live:seat", kwargs={"link": link}))
    context = {
        "meeting": sitting.meeting_view(meeting),
        "vote": request.POST.get("vote", ""),
        "mandate": request.POST.get("mandate", "0"),
        "base": request.POST.get("base", "0"),
        "choice": choice,
        "choice_word": Ballot.Choice(choice).label,
        "text": vote.motion.text,
        "act_id": new_act_id(),
        "back": reverse("live:seat", kwargs={"link": link}),
        "action": reverse("live:seat_do", kwargs={"link": link}),
    }
    return render(request, "live/phone/confirm.html", context)


@no_referrer
@never_cache
@require_GET
def digits(request: HttpRequest, link: str) -> HttpResponse:
    """To the page where the eight digits of a slip are typed."""
    meeting = meeting_of(found_seat(link).stream_id)
    return redirect("live:join", code=meeting.join_code)

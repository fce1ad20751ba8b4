"""Residents get Chinese until they choose; letters are large until they choose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.translation import get_language

from project.language import SIZE_COOKIE, LanguageMiddleware, choose, page

LANGUAGE = settings.LANGUAGE_COOKIE_NAME


def _ask(path: str = "/", **cookies: str) -> HttpRequest:
    request = RequestFactory().get(path, HTTP_ACCEPT_LANGUAGE="en")
    request.COOKIES.update(cookies)
    return request


def _sync(request: HttpRequest) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(get_language())

    response = LanguageMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


def _async(request: HttpRequest) -> HttpResponse:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(get_language())

    async def ask() -> HttpResponse:
        response = LanguageMiddleware(view)(request)
        assert not isinstance(response, HttpResponse)
        return await response

    return asyncio.run(ask())


@pytest.mark.parametrize("answer", [_sync, _async])
@pytest.mark.parametrize(
    ("cookies", "language", "spelled"),
    [({}, "zh-hans", "zh-Hans"), ({LANGUAGE: "en"}, "en", "en"), ({LANGUAGE: "../etc"}, "zh-hans", "zh-Hans")],
)
def test_the_language_is_the_chosen_one_whatever_the_phone_says(
    answer: Callable[[HttpRequest], HttpResponse], cookies: dict[str, str], language: str, spelled: str
) -> None:
    response = answer(_ask(**cookies))
    assert response.content.decode() == language
    assert response["Content-Language"] == spelled
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize(
    ("path", "cookies", "size"),
    [
        ("/s/x/", {}, "elder"),
        ("/archive/", {}, "elder"),
        ("/office/", {}, "standard"),
        ("/room/x/desk/", {}, "standard"),
        ("/s/x/", {SIZE_COOKIE: "max"}, "max"),
        ("/s/x/", {SIZE_COOKIE: "huge"}, "elder"),
    ],
)
def test_the_letters_are_the_elders_for_residents(path: str, cookies: dict[str, str], size: str) -> None:
    assert page(_ask(path, **cookies))["letter_size"] == size


def test_the_page_knows_its_language_and_the_other() -> None:
    known = page(_ask(**{LANGUAGE: "en"}))
    assert (known["language"], known["html_language"], known["other_language"]) == ("en", "en", ("zh-hans", "简体中文"))


def _choose(data: dict[str, str], **cookies: str) -> HttpResponse:
    request = RequestFactory(enforce_csrf_checks=True).post("/letters/", data)
    request.COOKIES.update(cookies)
    return choose(request)


def _set(response: HttpResponse) -> dict[str, str]:
    cookies: SimpleCookie = response.cookies
    return {name: morsel.value for name, morsel in cookies.items()}


def test_a_choice_is_remembered_and_leads_back() -> None:
    response = _choose({"language": "en", "next": "/s/abc/"})
    assert (response.status_code, response["Location"], _set(response)) == (302, "/s/abc/", {LANGUAGE: "en"})
    assert _set(_choose({"size": "max"})) == {SIZE_COOKIE: "max"}
    assert _set(_choose({"size": "huge", "language": "xx"})) == {}


@pytest.mark.parametrize(("before", "after"), [("standard", "elder"), ("elder", "max"), ("max", "standard")])
def test_the_next_size_goes_round(before: str, after: str) -> None:
    assert _set(_choose({"size": "next"}, **{SIZE_COOKIE: before})) == {SIZE_COOKIE: after}


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "s/abc/", ""]
)
def test_nobody_is_led_away(path: str) -> None:
    assert _choose({"language": "en", "next": path})["Location"] == "/"


def test_looking_changes_nothing() -> None:
    assert choose(RequestFactory().get("/letters/?language=en")).status_code == 405

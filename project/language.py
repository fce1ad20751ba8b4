"""Language and letters 语言、字号: residents get Chinese whatever their phone says, until they choose.

Two cookies, set by `choose` and nothing else: the language, and the size of the letters.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

SIZE_COOKIE = "hall_size"
STANDARD, ELDER, MAX = "standard", "elder", "max"
SIZES = (STANDARD, ELDER, MAX)  # 标准、长辈、特大; html[data-size] in static/css/tokens.css
_YEAR = 365 * 24 * 3600
_STAFF_PAGES = ("/office/", "/room/", "/admin/")
_HTML_CODES = {"zh-hans": "zh-Hans", "en": "en"}  # BCP 47

Answer = HttpResponse | Awaitable[HttpResponse]


def language_of(request: HttpRequest) -> str:
    """The language of a request: the one chosen before, else Chinese. Accept-Language is not asked."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class LanguageMiddleware:
    """Makes the reader's language the active one while the page is made; works under WSGI and ASGI."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self.get_response = get_response
        self.later = iscoroutinefunction(get_response)
        if self.later:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        if self.later:
            return self._later(request)
        language = self._begin(request)
        try:
            return self._end(cast(HttpResponse, self.get_response(request)), language)
        finally:
            translation.deactivate()

    async def _later(self, request: HttpRequest) -> HttpResponse:
        language = self._begin(request)
        try:
            return self._end(await cast(Awaitable[HttpResponse], self.get_response(request)), language)
        finally:
            translation.deactivate()

    @staticmethod
    def _begin(request: HttpRequest) -> str:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        return language

    @staticmethod
    def _end(response: HttpResponse, language: str) -> HttpResponse:
        response.headers.setdefault("Content-Language", _HTML_CODES.get(language, language))
        patch_vary_headers(response, ("Cookie",))
        return response


def size_of(request: HttpRequest) -> str:
    """The size of the letters: the one chosen before, else the elders' for residents and the standard for staff."""
    chosen = request.COOKIES.get(SIZE_COOKIE, "")
    if chosen in SIZES:
        return chosen
    return STANDARD if request.path.startswith(_STAFF_PAGES) else ELDER


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `language`, `html_language`, `other_language` (code, name), `letter_size`, `LANGUAGES`."""
    language = language_of(request)
    others = [(code, name) for code, name in settings.LANGUAGES if code != language]
    return {
        "language": language,
        "html_language": _HTML_CODES.get(language, language),
        "other_language": others[0] if others else (language, language),
        "letter_size": size_of(request),
        "LANGUAGES": settings.LANGUAGES,
    }


def _back(request: HttpRequest) -> str:
    """A path of this very site, or the start page. No page sends a Referer, so the form names it in `next`."""
    path = request.POST.get("next", "")
    safe = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if safe else "/"


@csrf_exempt  # it changes nothing but how pages look to this very browser, and seats have no CSRF cookie
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """POST language=, size= (or size=next for the next larger, then round) and next=; back to the page asked from."""
    response = HttpResponseRedirect(_back(request))
    language, size = request.POST.get("language", ""), request.POST.get("size", "")
    if size == "next":
        size = SIZES[(SIZES.index(size_of(request)) + 1) % len(SIZES)]
    if language in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    if size in SIZES:
        _remember(response, SIZE_COOKIE, size)
    return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True)

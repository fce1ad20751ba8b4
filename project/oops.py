"""Error pages 出错页: one plain sentence, one way back. They must not fail themselves."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404
from django.utils.translation import gettext as _

logger = logging.getLogger("hall.oops")

LAST_WORDS = (
    '<!DOCTYPE html><html lang="zh-Hans"><meta charset="utf-8"><title>系统出了点问题</title>'
    "<h1>系统出了点问题</h1><p>您提交的内容没有丢，也没有只做一半。请退回去再试一次；还不行，请告诉工作人员。</p>"
    '<p><a href="/">回到首页</a></p></html>'
)


def _page(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    try:
        return render(request, f"{status}.html", {"sentence": sentence}, status=status)
    except Exception:  # an error page that fails would hide the error
        logger.exception("the page for %d could not be made", status)
        return HttpResponse(LAST_WORDS, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 where more was sent than a form may hold."""
    return _page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403)


def failed_check(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose check (CSRF) failed: nearly always a page that was open for too long."""
    return _page(
        request, 403, _("This page was open for too long, so nothing was done. Go back, reload it and press once more.")
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, with the sentence of the page that raised it."""
    own = isinstance(exception, Http404) and not isinstance(exception, Resolver404)
    sentence = str(exception) if own and "matches the given query" not in str(exception) else ""
    return _page(request, 404, sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(request, 500)

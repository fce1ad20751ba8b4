"""The second door 表单门: the same acts as HTML form POSTs, for pages without a script or without a socket."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_variables

from sessions.record import acts
from sessions.record.acts import Actor, Answer, Refused
from sessions.record.scribe import perform

from .origin import allowed
from .pace import TOO_FAST, paces

View = Callable[..., HttpResponse]
NOT_FIELDS = {"act", "act_id", "device", "csrfmiddlewaretoken", "next"}


def new_act_id() -> str:
    """For a form that carries none, or one about to be shown."""
    return secrets.token_urlsafe(12)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks."""
    return "application/json" in request.headers.get("Accept", "")


def check_origin(request: HttpRequest) -> None:
    """A browser that says where a form comes from must say: from here. Raises PermissionDenied.

    Pages that send no referrer send "null" with their forms; the token in the address is what counts there.
    """
    origin = request.headers.get("Origin")
    if origin and origin != "null" and not allowed(origin, request.get_host()):
        raise PermissionDenied


@sensitive_variables("data")
def act_by_form(request: HttpRequest, actor: Actor, stream: UUID) -> Answer:
    """Do the act a form names; its other fields are the act's. A busy scribe answers in words, never with an error."""
    name = request.POST.get("act", "")
    act_id = request.POST.get("act_id") or new_act_id()
    data = {key: request.POST.get(key) for key in request.POST if key not in NOT_FIELDS}
    try:
        if not paces.take(actor.key, acts.find(name)):
            raise TOO_FAST()
        return perform(name, actor=actor, stream=stream, data=data, act_id=act_id)
    except Refused as refused:
        return Answer(act_id, False, refused.code, refused.params)
    except TimeoutError:
        return Answer(act_id, False, acts.BUSY.code)


def no_referrer(view: View) -> View:
    """For pages whose address holds a token: no other site ever learns it, nor our own logs."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return shown


def as_json(answer: Answer) -> JsonResponse:
    """The answer as the socket would give it."""
    body = {
        "act": answer.act_id,
        "ok": answer.ok,
        "code": answer.code,
        "say": words(answer),
        "rev": answer.rev,
        "again": answer.again,
        "errors": answer.errors,
    }
    return JsonResponse(body)


def words(answer: Answer) -> str:
    """The answer's sentence in the reader's language, with what is wrong with a field, if anything is."""
    said = answer.words(get_language() or settings.LANGUAGE_CODE)
    return " ".join([said, *(error for errors in answer.errors.values() for error in errors)])


def plain_fields(post: Mapping[str, Any]) -> dict[str, str]:
    """What a person typed, to be shown again beside an error."""
    return {key: str(value) for key, value in post.items() if key not in NOT_FIELDS}

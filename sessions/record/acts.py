"""Acts 行为: what someone does. Declared once; both doors, the permission table and the tests read the declaration.

    @act("floor.request", form=RequestForm, right=PRESENT, locate=meeting_of, said=_("You are in the queue."))
    def request(*, scene: Scene[Meeting], kind: str, stance: str) -> dict[str, Any] | None: ...

A handler is keyword-only, typed and synchronous; it knows no HTTP and no socket, changes rows, calls
``scene.write(kind, body)`` and returns the parameters of its answer, or raises a `Refused`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from .canonical import canonical, plain
from .chain import Personal
from .models import Stream

Words = str | Promise
S = TypeVar("S")

_phrases: dict[str, Words] = {}


def phrase(code: str, words: Words) -> str:
    """Give an answer's code its sentence; a code has one."""
    if code in _phrases:
        raise RuntimeError(f"the answer {code} has a sentence already")
    _phrases[code] = words
    return code


class Refused(Exception):  # noqa: N818  (an answer, not an error)
    """The act is not done, and why. Nothing has changed."""

    def __init__(self, code: str, params: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params)


@dataclass(frozen=True)
class Refusal:
    """A reason to refuse, declared once with its sentence: ``raise LIST_CLOSED()``."""

    code: str

    def __call__(self, **params: Any) -> Refused:
        return Refused(self.code, params)


def refusal(code: str, words: Words) -> Refusal:
    """Declare a reason to refuse. `words` may hold %(name)s parameters."""
    return Refusal(phrase(code, words))


NOT_ALLOWED = refusal("not_allowed", _("This is not yours to do. Please ask the staff of the hall."))
INVALID = refusal("invalid", _("Something in the form is not right. Please look at the marked field."))
CONTENT_DIFFERS = refusal(
    "content_differs", _("This was sent before with other content. Please look at the screen and press once more.")
)
SEALED = refusal("sealed", _("The meeting is over; its record is closed."))
BUSY = refusal("busy", _("The hall is very busy. Nothing was lost; please press once more."))
FAULT = refusal("fault", _("Something went wrong on our side and nothing was changed. Please press once more."))
UNKNOWN_ACT = refusal("unknown_act", _("This page is out of date. Please reload it."))


class Actor(Protocol):
    """Who acts. `key` names the actor inside a stream, for act ids; `entry` is what the record keeps of them."""

    @property
    def key(self) -> str: ...

    @property
    def entry(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Office:
    """The system itself as an actor: commands, the demo, deadlines."""

    name: str = "system"

    @property
    def key(self) -> str:
        return f"office:{self.name}"

    @property
    def entry(self) -> Mapping[str, Any]:
        return {"role": "office", "name": self.name}


@dataclass(frozen=True)
class Answer:
    """What is answered to an act, as code and parameters; put into words at the door, in that reader's language."""

    act_id: str
    ok: bool
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    rev: int = 0
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    again: bool = False  # the answer of the first arrival, given once more

    def words(self, language: str) -> str:
        """The sentence in `language`, one of settings.LANGUAGES."""
        with override(language):
            return str(_phrases[self.code]) % self.params if self.params else str(_phrases[self.code])


@dataclass
class Scene(Generic[S]):
    """What a handler works on: the locked subject, who acts, when, and the pen."""

    subject: S
    actor: Any
    now: datetime
    act_id: str
    stream: Stream
    pen: Callable[..., int]

    def write(self, kind: str, body: Mapping[str, Any]) -> int:
        """Append one entry in this transaction; returns its seq."""
        return self.pen(kind=kind, actor=self.actor.entry, at=self.now, body=body, act_id=self.act_id)

    def seal(self) -> None:
        """Close the stream: the entry just written is its last."""
        self.stream.sealed = True


Right = Callable[[Any, Any], bool]  # (actor, subject) → may they?
Handler = Callable[..., Mapping[str, Any] | Refused | None]
Bulk = Callable[..., Sequence[Mapping[str, Any] | Refused | None]]


@dataclass(frozen=True)
class Act:
    """The declaration of an act."""

    name: str
    form: type[forms.Form]
    right: Right
    locate: Callable[[UUID], Any]  # the subject of a stream; called under its lock
    handler: Handler
    code: str
    pace: tuple[int, int]  # a burst of n, then one each s seconds, for one actor
    bulk: Bulk | None = None


_acts: dict[str, Act] = {}
_guards: dict[str, list[Handler]] = {}
_follows: dict[str, list[Handler]] = {}


class NoFields(forms.Form):
    """For an act that needs nothing but to be done."""


def act(
    name: str,
    *,
    right: Right,
    locate: Callable[[UUID], Any],
    said: Words,
    form: type[forms.Form] = NoFields,
    pace: tuple[int, int] = (10, 1),
    bulk: Bulk | None = None,
) -> Callable[[Handler], Handler]:
    """Declare an act. `said` is the sentence of its success.

    `bulk`, if given, does many waiting acts of this kind in one step: ``bulk(scenes=[…], data=[…])`` returns for each,
    in order, what the handler would have returned, or the `Refused` it would have raised.
    """
    if name in _acts:
        raise RuntimeError(f"the act {name} is declared twice")

    def declare(handler: Handler) -> Handler:
        code = phrase(f"{name}.done", said)
        _acts[name] = Act(name, form, right, locate, handler, code, pace, bulk)
        return handler

    return declare


def guard(name: str) -> Callable[[Handler], Handler]:
    """Register a check of a later room before the act `name`; it raises `Refused` to stop it."""

    def register(handler: Handler) -> Handler:
        _guards.setdefault(name, []).append(handler)
        return handler

    return register


def follow(name: str) -> Callable[[Handler], Handler]:
    """Register what a later room does after the act `name`, in the same transaction."""

    def register(handler: Handler) -> Handler:
        _follows.setdefault(name, []).append(handler)
        return handler

    return register


def find(name: str) -> Act:
    """The act declared under `name`; raises `Refused` (unknown_act)."""
    if name not in _acts:
        raise UNKNOWN_ACT()
    return _acts[name]


def declared() -> Mapping[str, Act]:
    """All acts by name: the permission table."""
    return dict(_acts)


def phrases() -> Mapping[str, Words]:
    """All answers' sentences by code."""
    return dict(_phrases)


def may(name: str, actor: Any, subject: Any) -> bool:
    """Whether `actor` has the right to the act `name` on `subject`; to show a button, never instead of the check."""
    return _acts[name].right(actor, subject)


def content_of(name: str, data: Mapping[str, Any]) -> str:
    """sha256 of what an act says, to tell the same act sent twice from another one under the same id."""
    return hashlib.sha256(canonical([name, data])).hexdigest()


def do(declaration: Act, scene: Scene[Any], data: Mapping[str, Any]) -> Mapping[str, Any] | Refused:
    """Guards, handler, follow-ups; raises `Refused`, or returns it where the refusal itself is kept (a late ballot)."""
    if not declaration.right(scene.actor, scene.subject):
        raise NOT_ALLOWED()
    for check in _guards.get(declaration.name, ()):
        check(scene=scene, **data)
    params = declaration.handler(scene=scene, **data) or {}
    if isinstance(params, Refused):
        return params
    for after in _follows.get(declaration.name, ()):
        after(scene=scene, **data)
    return params


def has_company(name: str) -> bool:
    """Whether another room has registered a guard or follow-up on the act `name`."""
    return name in _guards or name in _follows


def read_form(declaration: Act, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """(cleaned data, errors per field); the cleaned data is plain JSON."""
    form = declaration.form(data={key: value for key, value in data.items() if value is not None})
    if not form.is_valid():
        return {}, {name: [str(error) for error in errors] for name, errors in form.errors.items()}
    return plain(form.cleaned_data), {}


__all__ = [
    "BUSY", "CONTENT_DIFFERS", "FAULT", "INVALID", "NOT_ALLOWED", "SEALED", "Act", "Actor", "Answer", "Bulk",
    "NoFields", "Office", "Personal", "Refusal", "Refused", "Scene", "act", "content_of", "declared", "do", "find",
    "follow", "guard", "has_company", "may", "phrase", "phrases", "read_form", "refusal",
]  # fmt: skip

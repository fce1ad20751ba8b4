"""Two tiny acts on a bare stream, so that the record is tested without knowing what a meeting is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from sessions.record.acts import NOT_ALLOWED, Refused, Scene, act, refusal
from sessions.record.chain import Personal, public
from sessions.record.models import Stream

TOO_LOUD = refusal("sample.too_loud", "Not so loud, %(name)s.")


@dataclass(frozen=True)
class Speaker:
    """An actor of the tests; `may` is their right."""

    name: str
    may: bool = True

    @property
    def key(self) -> str:
        return f"speaker:{self.name}"

    @property
    def entry(self) -> Mapping[str, Any]:
        return {"role": "speaker", "who": Personal(self.name)}


class SayForm(forms.Form):
    text = forms.CharField(max_length=50)


def allowed(actor: Speaker, _: Stream) -> bool:
    return actor.may


def stream_of(stream: UUID) -> Stream:
    return Stream.objects.get(pk=stream)


@act("sample.say", form=SayForm, right=allowed, locate=stream_of, said="Heard: place %(seq)s.")
def say(*, scene: Scene[Stream], text: str) -> Mapping[str, Any]:
    if text == "break":
        raise ZeroDivisionError("a defect in a handler")
    seq = scene.write("sample.said", {"text": Personal(text), "length": len(text), "first": public(text[0])})
    if text.isupper():
        raise TOO_LOUD(name=scene.actor.name)
    if text == "goodbye":
        scene.seal()
    return {"seq": seq}


def count_many(
    *, scenes: Sequence[Scene[Stream]], data: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any] | Refused | None]:
    outcomes: list[Mapping[str, Any] | Refused | None] = []
    for scene, given in zip(scenes, data, strict=True):
        if given["text"].isupper():
            outcomes.append(TOO_LOUD(name=scene.actor.name))
        else:
            outcomes.append({"seq": scene.write("sample.counted", {"together": len(scenes)})})
    return outcomes


@act("sample.count", form=SayForm, right=allowed, locate=stream_of, said="Counted: %(seq)s.", bulk=count_many)
def count(*, scene: Scene[Stream], text: str) -> Mapping[str, Any]:
    if text.isupper():
        raise TOO_LOUD(name=scene.actor.name)
    return {"seq": scene.write("sample.counted", {"together": 1})}


def nowhere(_: UUID) -> Stream:
    raise NOT_ALLOWED()


@act("sample.lost", form=SayForm, right=allowed, locate=nowhere, said="Never said.", bulk=count_many)
def lost(*, scene: Scene[Stream], text: str) -> None:
    """Its subject is never found."""

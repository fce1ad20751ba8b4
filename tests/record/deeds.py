"""An act that does whatever a test puts into `DEEDS`, on a bare stream, alone and in bulk; and a scribe's own process.

    python -m tests.record.deeds NAME STREAM WHO COUNT

writes COUNT acts into the database NAME by a scribe of its own, and prints each act's id when it is acknowledged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

if __name__ == "__main__":
    import django

    django.setup()

from django import forms

from sessions.record import acts, scribe
from sessions.record.acts import Office, Scene, refusal
from sessions.record.models import Stream

NOT_NOW = refusal("deed.not_now", "Not now.")
DEEDS: dict[str, Callable[[Scene[Stream]], Mapping[str, Any] | None]] = {}
TOGETHER: list[int] = []  # how many were done in one step, each time


class DeedForm(forms.Form):
    deed = forms.CharField(max_length=20)


def everybody(_actor: Any, _stream: Stream) -> bool:
    return True


def not_the_stranger(actor: Any, _stream: Stream) -> bool:
    return actor.key != "office:stranger"


def stream_of(stream: UUID) -> Stream:
    return Stream.objects.get(pk=stream)


@acts.act("deed.do", form=DeedForm, right=everybody, locate=stream_of, said="Done at place %(seq)s.")
def do(*, scene: Scene[Stream], deed: str) -> Mapping[str, Any]:
    seq = scene.write("deed.done", {"deed": deed})
    return DEEDS.get(deed, lambda _: None)(scene) or {"seq": seq}


def do_many(*, scenes: Sequence[Scene[Stream]], data: Sequence[Mapping[str, Any]]) -> list[Any]:
    TOGETHER.append(len(scenes))
    DEEDS.get("in bulk", lambda _: None)(scenes[0])
    return [
        NOT_NOW() if given["deed"] == "no" else {"seq": scene.write("deed.done", given)}
        for scene, given in zip(scenes, data, strict=True)
    ]


@acts.act(
    "deed.together",
    form=DeedForm,
    right=not_the_stranger,
    locate=stream_of,
    said="Done together at place %(seq)s.",
    bulk=do_many,
)
def do_together(*, scene: Scene[Stream], deed: str) -> Mapping[str, Any]:
    if deed == "no":
        raise NOT_NOW()
    return {"seq": scene.write("deed.done", {"deed": deed})}


def main(name: str, stream: str, who: str, count: str) -> None:
    """Submit all at once, and tell of each answer as it comes."""
    from django.db import connections

    connections.settings["default"]["NAME"] = name
    driver = scribe.Thread(limit=10_000)
    waiting = []
    for number in range(int(count)):
        act_id = f"{who}-{number:08d}"
        job = scribe.Job(
            acts.find("deed.together" if number % 2 else "deed.do"),
            Office(who),
            UUID(stream),
            {"deed": "write"},
            act_id,
            "content",
        )
        driver.submit(job)
        waiting.append(job)
        if number % 10 == 9:
            while waiting:
                answer = waiting.pop(0).future.result(60)
                print(answer.act_id if answer.ok else answer.code, flush=True)
    driver.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

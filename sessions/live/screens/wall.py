"""The wall 大屏: what everyone in the room reads. Its reads hold nothing private, so nothing private can get here."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from uuid import UUID

from django.template.loader import render_to_string

from sessions.record.chain import head

from .stage import Stage

SHOWN_BY_HAND = {"join": "wait", "item": "item", "motion": "motion", "result": "result", "black": "black"}


def letters(text: str) -> str:
    """The style in which a motion fits the wall: "" up to sixty Chinese characters, two Latin ones counting as one."""
    width = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
    return "" if width <= 120 else "motion-long" if width <= 210 else "motion-xl"


def view_of(stage: Stage) -> str:
    """Which picture stands on the wall: an open vote first, then what the facilitator chose, then what happens now."""
    scene, chosen = stage.scene, stage.meeting.wall
    if chosen == "black":
        return "black"
    if scene in {"voting", "counting", "over", "wait"}:
        return "wait" if chosen == "join" else scene
    if chosen == "join":
        return "wait"
    if stage.remarks.on_wall is not None:
        return "remark"
    wanted = SHOWN_BY_HAND.get(chosen, scene)
    if (wanted == "item" and stage.meeting.item is None) or (wanted == "motion" and stage.motion is None):
        return scene
    if wanted == "result" and (stage.vote is None or not stage.vote.is_revealed):
        return scene
    return wanted


def parts(stream: UUID) -> Mapping[str, str]:
    """`stage` and `strip`."""
    stage = Stage(stream)
    view = view_of(stage)
    context = stage.context() | {"view": view}
    if view == "motion" and stage.motion is not None:
        context["letters"] = letters(stage.motion.text)
    if view == "over":
        context["digest"] = head(stage.row.stream)[1]
    return {
        "stage": render_to_string(f"live/wall/{view}.html", context).strip(),
        "strip": render_to_string("live/wall/strip.html", context).strip(),
    }

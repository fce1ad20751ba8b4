"""The words and figures of the demo hall 福苑里, read from the files beside this module.

``meeting.json`` keeps the script's own words; what it had to leave open stands under keys that begin with "supplied".
``roster.csv`` goes through the import like any hall's roster; ``ballots.csv`` is for the player alone.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from sessions.halls.models import Role

FOLDER = Path(__file__).parent / "data"
ROSTER = FOLDER / "roster.csv"
CHOICES = {"赞成": "for", "反对": "against", "弃权": "abstain"}
CHANNELS = {"扫码": "phone", "平板": "tablet", "代录": "desk"}
FORMS = {"联席会": "joint", "恳谈会": "open_talk", "协调会": "mediation"}
KINDS = {"问": "question", "答": "answer", "辩": "debate"}
STANCES = {"赞成": "for", "反对": "against", "补充": "add"}

# Who of the script's people sign in, under which name, in which role. Nobody has a password: in a demo hall one is
# signed in by a button.
STAFF: dict[str, tuple[str, tuple[str, ...]]] = {
    "孟丽华": ("menglihua", (Role.Kind.DIRECTOR,)),
    "汪学勤": ("wangxueqin", (Role.Kind.FACILITATOR,)),
    "秦朗": ("qinlang", (Role.Kind.OPERATOR,)),
    "白雪": ("baixue", (Role.Kind.SECRETARY,)),
    "何秀娟": ("hexiujuan", (Role.Kind.SCRUTINEER,)),
    "廖淑贤": ("liaoshuxian", (Role.Kind.SCRUTINEER,)),
}
DIRECTOR, CHAIR, OPERATOR, SECRETARY = "孟丽华", "汪学勤", "秦朗", "白雪"


@dataclass(frozen=True)
class Home:
    """A household of the roster, as the script sees it: its number there, door, who lives in it, how they come.

    channel  phone, tablet, desk; "" for those who stay away
    proxy    the neighbour who votes for them by written proxy, else ""
    choice   for, against, abstain on motion 1-1; "" for none (away, or a tenant)
    """

    no: int
    door: str
    name: str
    channel: str
    proxy: str
    choice: str


@cache
def meeting() -> dict[str, Any]:
    """``meeting.json``."""
    found: dict[str, Any] = json.loads((FOLDER / "meeting.json").read_text("utf-8"))
    return found


@cache
def homes() -> dict[int, Home]:
    """The sixty households by their number in the roster, with their ballots on motion 1-1."""
    with ROSTER.open(encoding="utf-8", newline="") as roster:
        rows = {int(row["序号"]): row for row in csv.DictReader(roster)}
    with (FOLDER / "ballots.csv").open(encoding="utf-8", newline="") as ballots:
        return {
            int(row["序号"]): Home(
                int(row["序号"]),
                rows[int(row["序号"])]["房号"],
                rows[int(row["序号"])]["姓名"],
                CHANNELS.get(row["签到方式"], ""),
                row["签到方式"].removeprefix("委托") if row["签到方式"].startswith("委托") else "",
                CHOICES.get(row["动议1-1"], ""),
            )
            for row in csv.DictReader(ballots)
        }


def at(clock: str) -> datetime:
    """A time of the meeting's day: "15:08" or "15:08:30", in the hall's own time zone."""
    starts = datetime.fromisoformat(meeting()["meeting"]["starts_at"])
    return datetime.combine(starts.date(), time.fromisoformat(clock), starts.tzinfo)


def motion(no: str) -> dict[str, Any]:
    """A motion of the script by its number."""
    found: dict[str, Any] = next(each for each in meeting()["motions"] if each["no"] == no)
    return found


def timeline(what: str) -> datetime:
    """When the script says something begins; `what` as it stands there."""
    return at(next(each["at"] for each in meeting()["supplied_timeline"] if each["what"] == what))

"""Motion 1-1 of the demo hall, cast by the acts as its households did: the script's figures to the last digit."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from sessions.meetings.access import meeting_of
from voting.models import Vote
from voting.reads import vote_now

from .hall import Case, Flat, Room, build

DATA = Path(__file__).resolve().parents[2] / "project/demo/data"
CHANNELS = {"扫码": "phone", "平板": "tablet", "代录": "desk"}
CHOICES = {"赞成": "for", "反对": "against", "弃权": "abstain"}


def flats_of_the_roster(rows: list[dict[str, str]]) -> list[Flat]:
    """One flat per row; of the two tenants' flats one belongs to 韩建国, the other's owner is not known by name."""
    owners = {"唐丽": "韩建国", "林小雨": ""}
    return [
        Flat(
            row["房号"],
            int(row["建筑面积㎡"].replace(".", "")),
            (owners.get(row["姓名"], row["姓名"]),),
            (row["姓名"],),
        )
        for row in rows
    ]


@pytest.mark.databases
class DemoTest(Case):
    def setUp(self) -> None:
        with (DATA / "roster.csv").open(encoding="utf-8-sig", newline="") as file:
            self.rows = list(csv.DictReader(file))
        motions = json.loads((DATA / "meeting.json").read_text("utf-8"))["motions"]
        self.motion: dict[str, Any] = next(motion for motion in motions if motion["no"] == "1-1")

    def test_the_result_is_the_scripts(self) -> None:
        room = build(flats_of_the_roster(self.rows))
        self.come(room)
        vote = room.open(self.motion["rule_preset"])
        expected = self.motion["expected"]
        self.assertEqual(vote.mandates.count(), expected["roll_heads"])
        self.vote(room)
        view = vote_now(meeting_of(room.meeting.pk))
        assert view is not None
        self.assertEqual((view.mandates, view.present, view.cast, view.missing), (59, 48, 48, 0))
        self.assertDone(room.by_staff("vote.close", vote="1-1"))
        result = json.loads(Vote.objects.get().result)
        heads, area = result["figures"]["heads"], result["figures"]["area"]
        self.assertEqual(result["outcome"], "passed")
        for choice in CHOICES.values():
            self.assertEqual({"heads": heads[choice], "area_x100": area[choice]}, expected[choice])
        self.assertEqual((heads["cast"], area["cast"]), (48, 374221))
        self.assertEqual((heads["roll"], area["roll"]), (59, 456502))
        self.assertEqual({"heads": heads["quorum_need"], "area_x100": area["quorum_need"]}, expected["need_quorum"])
        self.assertEqual({"heads": heads["need"], "area_x100": area["need"]}, expected["derived_need_for"])
        by_channel = {channel: sums["heads"] for channel, sums in result["channels"].items()}
        self.assertEqual(by_channel, self.motion["derived_channels_heads"])

    def come(self, room: Room) -> None:
        """Check in as scripted; written proxies at the desk."""
        for row in self.rows:
            if row["签到方式"] == "扫码":
                room.arrive(row["姓名"])
            elif row["签到方式"] in CHANNELS:
                room.arrive_at_desk(row["姓名"], channel=CHANNELS[row["签到方式"]])
        for row in self.rows:
            if row["签到方式"].startswith("委托"):
                room.proxy(row["姓名"], row["签到方式"].removeprefix("委托"))

    def vote(self, room: Room) -> None:
        for row in self.rows:
            choice, way, name = CHOICES.get(row["动议1-1(记名)"]), row["签到方式"], row["姓名"]
            if choice is None:
                continue
            if way == "扫码":
                answer = room.cast(name, choice)
            elif way.startswith("委托"):
                answer = room.cast(way.removeprefix("委托"), choice, mandate=room.mandate(name))
            else:
                answer = room.cast_for(room.mandate(name), choice, channel=CHANNELS[way])
            self.assertDone(answer, state="counted")

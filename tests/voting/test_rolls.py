"""Rolls: who may vote, for what, by which seats; frozen for real."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import TestCase

from sessions.halls.models import Household, Seat
from sessions.record.acts import Refused
from voting.models import Holder, Mandate
from voting.rolls import Hold, Line, Roll, build_roll

from .hall import Flat, Room, build, flats

# 福苑里: the demo's 60 flats in 3 buildings, areas in 0.01 ㎡ by stair and side (fuyuanli.md)
_STAIRS = {"1-1": (5677, 7450, 5862, 7635), "1-2": (5677, 7450, 5862, 7635)} | {
    "2-1": (6295, 8132, 6480, 8317), "2-2": (6295, 8132, 6480, 8317), "3-1": (9059, 10375, 9244, 10560)
}  # fmt: skip


def demo() -> list[Flat]:
    """60 flats; 韩建国 owns two and lets one to 唐丽; the owner of 1-2-401 is unnamed and 林小雨 lives there."""
    plan = []
    for stair, (ground_1, ground_2, upper_1, upper_2) in _STAIRS.items():
        for floor in range(1, 7):
            for side, area in ((1, ground_1 if floor == 1 else upper_1), (2, ground_2 if floor == 1 else upper_2)):
                name = f"户主{stair}-{floor}0{side}"
                plan.append(Flat(f"{stair}-{floor}0{side}", area, (name,)))
    by_door = {flat.door: flat for flat in plan}
    by_door["2-1-101"].owners = ("韩建国",)
    by_door["2-1-102"].owners, by_door["2-1-102"].residents = ("韩建国",), ("唐丽",)
    by_door["1-2-401"].owners, by_door["1-2-401"].residents = ("",), ("林小雨",)
    return plan


def holders(room: Room, line: Line) -> set[str]:
    names = {seat.pk: name for name, seats in room.seats.items() for seat in seats}
    return {names[hold.seat] for hold in line.holders}


class RollTest(TestCase):
    def test_the_demo_has_60_households_and_59_owners_with_4565_02_square_metres(self) -> None:
        room = build(demo())
        households, owners = build_roll(room.meeting, "household"), build_roll(room.meeting, "owner")
        self.assertEqual((len(households.lines), households.total("heads")), (60, 60))
        self.assertEqual(households.total("area"), 456502)
        self.assertEqual((owners.total("heads"), owners.total("area"), owners.total("households")), (59, 456502, 60))
        self.assertEqual([line.no for line in owners.lines], list(range(1, 60)))

    def test_two_flats_of_one_owner_are_one_mandate_with_the_areas_added(self) -> None:
        room = build(demo())
        roll = build_roll(room.meeting, "owner")
        [mine] = [line for line in roll.lines if "韩建国" in line.label]
        self.assertEqual((mine.heads, mine.area_x100, mine.households), (1, 14427, 2))
        self.assertEqual(mine.label, "2-1-101、2-1-102 韩建国")
        self.assertEqual(mine.building, "2")
        self.assertEqual(holders(room, mine), {"韩建国"})

    def test_a_tenant_holds_the_ballot_of_the_household_and_never_the_owners(self) -> None:
        room = build(demo())
        households, owners = build_roll(room.meeting, "household"), build_roll(room.meeting, "owner")
        self.assertIn({"唐丽"}, [holders(room, line) for line in households.lines])
        self.assertNotIn({"韩建国", "唐丽"}, [holders(room, line) for line in households.lines])
        everyone = set().union(*(holders(room, line) for line in owners.lines))
        self.assertFalse(everyone & {"唐丽", "林小雨"})

    def test_an_unnamed_owner_counts_on_the_roll_and_nobody_can_cast_for_them(self) -> None:
        room = build([Flat("1-1-101", 5000, ("",), ("租客",)), Flat("1-1-102", 5000, ("",), ())])
        roll = build_roll(room.meeting, "owner")
        self.assertEqual([(line.label, line.holders) for line in roll.lines],
                         [("1-1-101 业主,待核", ()), ("1-1-102 业主,待核", ())])  # fmt: skip

    def test_a_flat_whose_owner_is_not_on_the_roster_still_counts(self) -> None:
        roll = build_roll(
            build([Flat("1-1-101", 5000, (), ("租客",)), Flat("1-1-102", 6000, ("甲",))]).meeting, "owner"
        )
        self.assertEqual([line.area_x100 for line in roll.lines], [5000, 6000])
        self.assertEqual(roll.lines[0].holders, ())

    def test_joint_owners_are_one_head_with_several_holders_and_another_set_is_another_head(self) -> None:
        room = build([
            Flat("1-1-101", 5000, ("夫", "妻")),
            Flat("1-1-102", 6000, ("妻", "夫")),
            Flat("1-1-201", 7000, ("夫",), ()),
        ])  # fmt: skip
        roll = build_roll(room.meeting, "owner")
        self.assertEqual([(line.area_x100, line.households) for line in roll.lines], [(11000, 2), (7000, 1)])
        self.assertEqual(holders(room, roll.lines[0]), {"夫", "妻"})
        self.assertEqual(len(roll.lines[0].holders), 4)  # each has a seat in both flats
        self.assertEqual(holders(room, roll.lines[1]), {"夫"})

    def test_an_owner_who_lives_elsewhere_holds_the_mandate_by_the_seat_of_the_flat(self) -> None:
        room = build([Flat("1-1-101", 5000, ("房东",), ("租客",))])
        self.assertEqual(holders(room, build_roll(room.meeting, "owner").lines[0]), {"房东"})
        self.assertEqual(holders(room, build_roll(room.meeting, "household").lines[0]), {"租客"})

    def test_doors_stand_in_the_order_of_their_numbers(self) -> None:
        plan = [Flat(door, 100, (door,)) for door in ("10-1-101", "2-1-1001", "2-1-201", "1-1-102", "1-1-101")]
        lines = build_roll(build(plan).meeting, "household").lines
        self.assertEqual([line.label.split()[0] for line in lines],
                         ["1-1-101", "1-1-102", "2-1-201", "2-1-1001", "10-1-101"])  # fmt: skip

    def test_a_roll_of_persons_has_every_resident_once(self) -> None:
        room = build([Flat("1-1-101", 5000, ("甲",), ("甲", "乙")), Flat("1-1-102", 5000, ("甲",), ("甲", "丙"))])
        roll = build_roll(room.meeting, "person")
        self.assertEqual([line.label for line in roll.lines], ["1-1-101 甲", "1-1-101 乙", "1-1-102 丙"])
        self.assertEqual((roll.total("heads"), roll.total("area")), (3, 0))

    def test_a_roll_of_representatives_is_refused_in_words(self) -> None:
        with self.assertRaises(Refused) as caught:
            build_roll(build(flats(["50.00"])).meeting, "representative")
        self.assertEqual(caught.exception.code, "roll.no_representatives")

    def test_inactive_households_and_other_halls_are_not_on_the_roll(self) -> None:
        room = build(flats(["50.00", "60.00"]))
        Household.objects.filter(room="101").update(active=False)
        self.assertEqual([line.area_x100 for line in build_roll(room.meeting, "owner").lines], [6000])

    def test_a_developers_eighteen_flats_have_a_short_label(self) -> None:
        plan = [Flat(f"1-1-{no}01", 8952, ("开发公司",), ()) for no in range(1, 19)]
        [line] = build_roll(build(plan).meeting, "owner").lines
        self.assertEqual((line.heads, line.area_x100), (1, 161136))
        self.assertEqual(line.label, "1-1-101、1-1-201、1-1-301等 18 套 开发公司")


class ProxyTest(TestCase):
    def test_the_holder_of_a_live_proxy_stands_beside_the_principal(self) -> None:
        room = build(flats(["50.00", "60.00"]))
        room.arrive("业主1")
        room.proxy("业主2", "业主1")
        roll = build_roll(room.meeting, "owner", proxies=3)
        self.assertEqual(
            roll.lines[1].holders, (Hold(room.seat("业主2").pk), Hold(room.seat("业主1").pk, by_proxy=True))
        )
        self.assertEqual(len(roll.lines[0].holders), 1)

    def test_where_the_rule_allows_no_proxies_there_are_none(self) -> None:
        room = build(flats(["50.00", "60.00"]))
        room.arrive("业主1")
        room.proxy("业主2", "业主1")
        for unit in ("owner", "household", "person"):
            holds = [hold for line in build_roll(room.meeting, unit).lines for hold in line.holders]
            self.assertFalse(any(hold.by_proxy for hold in holds))
        holds = [hold for line in build_roll(room.meeting, "household", proxies=3).lines for hold in line.holders]
        self.assertFalse(any(hold.by_proxy for hold in holds), "a proxy is for the owners' votes")

    def test_a_cancelled_proxy_is_not_on_the_roll(self) -> None:
        room = build(flats(["50.00", "60.00"]))
        room.arrive("业主1")
        room.proxy("业主2", "业主1")
        room.arrive("业主2")
        self.assertEqual(len(build_roll(room.meeting, "owner", proxies=3).lines[1].holders), 1)

    def test_more_proxies_than_the_rule_allows_are_refused_with_the_numbers(self) -> None:
        room = build(flats(["50.00"] * 5))
        room.arrive("业主1")
        for no in range(2, 6):
            room.proxy(f"业主{no}", "业主1")
        with self.assertRaises(Refused) as caught:
            build_roll(room.meeting, "owner", proxies=3)
        self.assertEqual(caught.exception.params, {"door": "1-1-101", "count": 4, "limit": 3})

    def test_a_tenant_may_hold_an_owners_written_proxy(self) -> None:
        room = build([Flat("1-1-101", 5000, ("房东",), ("租客",))])
        room.arrive("租客")
        room.proxy("房东", "租客")
        [line] = build_roll(room.meeting, "owner", proxies=3).lines
        self.assertEqual([hold.by_proxy for hold in line.holders], [False, True])


class DigestTest(TestCase):
    def test_the_digest_is_the_sha256_of_the_canonical_lines_without_names_and_doors(self) -> None:
        seat = "00000000-0000-0000-0000-000000000001"
        line = Line(1, "1-1-101 张三", "1", 1, 5000, 1, (Hold(Seat(pk=seat).pk),))
        told = [
            {"area_x100": 5000, "heads": 1, "holders": [{"by_proxy": False, "seat": seat}], "households": 1, "no": 1}
        ]
        text = json.dumps(told, separators=(",", ":"), sort_keys=True)
        self.assertEqual(Roll("owner", (line,)).digest, hashlib.sha256(text.encode()).hexdigest())

    def test_every_figure_and_holder_changes_it(self) -> None:
        first, second = Seat().pk, Seat().pk
        lines = [
            Line(1, "甲", "1", 1, 5000, 1, (Hold(first),)),
            Line(2, "甲", "1", 1, 5000, 1, (Hold(first),)),
            Line(1, "甲", "1", 2, 5000, 1, (Hold(first),)),
            Line(1, "甲", "1", 1, 5001, 1, (Hold(first),)),
            Line(1, "甲", "1", 1, 5000, 2, (Hold(first),)),
            Line(1, "甲", "1", 1, 5000, 1, (Hold(second),)),
            Line(1, "甲", "1", 1, 5000, 1, (Hold(first, by_proxy=True),)),
            Line(1, "甲", "1", 1, 5000, 1, ()),
        ]
        self.assertEqual(len({Roll("owner", (line,)).digest for line in lines}), len(lines))


@pytest.mark.databases
class FrozenTest(TestCase):
    """What is frozen cannot be changed, by Django or by SQL, on either database."""

    def setUp(self) -> None:
        self.room = build(flats(["50.00", "60.00"]))
        self.vote = self.room.open()

    def refused(self, change: object, *arguments: object) -> None:
        with self.assertRaisesRegex(DatabaseError, "append-only"), transaction.atomic():
            change(*arguments)  # type: ignore[operator]

    def sql(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def test_by_django(self) -> None:
        mandate = self.vote.mandates.first()
        mandate.area_x100 = 1
        self.refused(mandate.save)
        self.refused(lambda: Mandate.objects.update(heads=5))
        self.refused(lambda: Holder.objects.all().delete())
        self.refused(lambda: Holder.objects.update(by_proxy=True))

    def test_by_sql(self) -> None:
        for statement in (
            "UPDATE voting_mandate SET area_x100 = 1",
            "DELETE FROM voting_holder",
            "UPDATE voting_holder SET by_proxy = (1 = 1)",
            "DELETE FROM voting_mandate",
        ):
            self.refused(self.sql, statement)

    def test_by_the_statement_that_each_database_has_of_its_own(self) -> None:
        if connection.vendor == "sqlite":
            self.refused(self.sql, "INSERT OR REPLACE INTO voting_mandate SELECT * FROM voting_mandate")
        else:
            self.sql("SET CONSTRAINTS ALL IMMEDIATE")
            self.refused(self.sql, "TRUNCATE voting_mandate CASCADE")

    def test_a_line_added_later_is_found_at_the_close_and_nothing_is_counted(self) -> None:
        Mandate.objects.create(vote=self.vote, no=3, label="x", heads=1, area_x100=1, households=1)
        answer = self.room.by_staff("vote.close", vote="1-1")
        self.assertEqual(answer.code, "vote.roll_differs")
        self.vote.refresh_from_db()
        self.assertEqual((self.vote.state, self.vote.result), ("open", ""))

    def test_the_roster_may_change_and_the_roll_does_not(self) -> None:
        self.room.seat("业主1").household.ties.all().delete()
        self.assertEqual(self.vote.mandates.count(), 2)
        self.assertTrue(self.room.by_staff("vote.close", vote="1-1").ok)

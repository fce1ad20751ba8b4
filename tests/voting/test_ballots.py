"""Casting: every answer by phone, at the desk and by proxy."""

from __future__ import annotations

import json

from sessions.halls.access import device_digest
from sessions.halls.models import Seat
from sessions.record.models import Entry, Stream
from voting.models import Vote

from .hall import Case, Flat, build, flats


class CastTest(Case):
    def setUp(self) -> None:
        self.room = build([*flats(["50.00", "60.00", "70.00"]), Flat("2-1-101", 8000, ("房东",), ("租客",))])
        self.room.arrive("业主1", "业主2", "租客")
        self.vote = self.room.open()

    def test_counted_changed_already(self) -> None:
        self.assertDone(self.room.cast("业主1", "for"), state="counted", revision=1, mandate=1, vote="1-1")
        self.assertDone(self.room.cast("业主1", "for"), state="already", revision=1)
        self.assertDone(self.room.cast("业主1", "against", base=1), state="changed", revision=2)
        self.assertDone(self.room.cast("业主1", "against", base=0), state="already", revision=2)
        self.assertEqual(self.room.ballots(), {1: ("against", "phone", False, 2)})
        told = [(each["choice"], each["revision"], each["channel"]) for each in self.room.entries("vote.cast")]
        self.assertEqual(told, [("for", 1, "phone"), ("against", 2, "phone")])

    def test_a_delayed_old_packet_never_wins(self) -> None:
        self.room.cast("业主1", "for")
        self.room.cast("业主1", "against", base=1)
        self.assertTold(self.room.cast("业主1", "abstain", base=1), "vote.stale")
        self.assertTold(self.room.cast("业主1", "for", base=0), "vote.stale")
        self.assertTold(self.room.cast("业主2", "for", base=3), "vote.stale")
        self.assertEqual(self.room.ballots(), {1: ("against", "phone", False, 2)})

    def test_the_same_act_twice_and_the_same_id_with_other_content(self) -> None:
        first = self.room.cast("业主1", "for", id_="one-and-the-same")
        again = self.room.cast("业主1", "for", id_="one-and-the-same")
        self.assertEqual(
            (again.code, again.params, again.rev, again.again), (first.code, first.params, first.rev, True)
        )
        self.assertTold(self.room.cast("业主1", "against", id_="one-and-the-same"), "content_differs")
        self.assertEqual(self.room.ballots(), {1: ("for", "phone", False, 1)})

    def test_who_is_not_on_the_roll_is_told_kindly(self) -> None:
        official, guest = (
            Seat.objects.create(stream=self.room.meeting.stream, standing=standing, name=name, code=name, device="d")
            for standing, name in ((Seat.Standing.OFFICIAL, "干部"), (Seat.Standing.GUEST, "旁听"))
        )
        mine = {"vote": "1-1", "mandate": 1, "choice": "for", "base": 0}
        for seat in (official, guest, self.room.seat("租客"), self.room.seat("业主2")):
            self.assertTold(self.room.by_phone(seat, "vote.cast", **mine), "vote.not_eligible")
        self.assertTold(self.room.cast("业主1", "for", mandate=99), "vote.not_eligible")
        landlords = self.vote.mandates.get(holders__seat=self.room.seat("房东")).no
        self.assertTold(self.room.cast("租客", "for", mandate=landlords), "vote.not_eligible")
        self.assertEqual(self.room.ballots(), {})

    def test_a_page_that_is_one_for_all_casts_the_one_mandate_its_seat_holds(self) -> None:
        mine = {"vote": "1-1", "mandate": 0, "choice": "for", "base": 0}
        self.assertDone(self.room.by_phone("业主2", "vote.cast", **mine), state="counted", mandate=2)
        self.assertTold(self.room.by_phone("租客", "vote.cast", **mine), "vote.not_eligible")
        self.assertEqual(self.room.ballots(), {2: ("for", "phone", False, 1)})

    def test_who_holds_several_mandates_names_the_one(self) -> None:
        room = build(flats(["50.00", "60.00", "70.00"]))
        room.arrive("业主1", "业主2")
        room.proxy("业主3", "业主2")
        room.open()
        mine = {"vote": "1-1", "mandate": 0, "choice": "for", "base": 0}
        self.assertTold(room.by_phone("业主2", "vote.cast", **mine), "vote.not_eligible")
        self.assertDone(room.cast("业主2", "for", mandate=3), state="counted", mandate=3)
        self.assertEqual(room.ballots(), {3: ("for", "phone", True, 1)})

    def test_a_tenant_votes_where_the_roll_is_of_households(self) -> None:
        self.room.by_staff("vote.close", vote="1-1")
        self.room.by_staff("vote.reveal", vote="1-1")
        self.room.open("hall_vote", "1-2")
        self.assertDone(self.room.cast("租客", "for", no="1-2"), state="counted")

    def test_a_forwarded_link_on_another_phone_casts_nothing(self) -> None:
        self.assertTold(self.room.cast("业主1", "for", key="another-phone"), "seat.elsewhere")
        self.assertEqual(self.room.ballots(), {})

    def test_after_a_takeover_the_new_phone_changes_the_ballot_and_the_old_one_cannot(self) -> None:
        self.room.cast("业主1", "for")
        taken = self.room.by_phone("业主1", "presence.take_over", key="the-new-phone-key", device="the-new-phone-key")
        self.assertDone(taken)
        self.assertTold(self.room.cast("业主1", "against", base=1), "seat.elsewhere")
        self.assertDone(self.room.cast("业主1", "against", base=1, key="the-new-phone-key"), state="changed")
        self.assertEqual(self.room.ballots(), {1: ("against", "phone", False, 2)})

    def test_who_has_not_come_or_has_left_checks_in_first(self) -> None:
        absent = self.room.seat("业主3")
        Seat.objects.filter(pk=absent.pk).update(device=device_digest(f"key-of-{absent.pk}"))
        self.assertTold(self.room.cast("业主3", "for"), "seat.not_present")
        self.room.leave("业主1")
        self.assertTold(self.room.cast("业主1", "for"), "seat.not_present")
        self.assertEqual(self.room.ballots(), {})

    def test_a_late_arrival_may_still_vote(self) -> None:
        self.room.arrive("业主3")
        self.assertDone(self.room.cast("业主3", "abstain"), state="counted")

    def test_late_ballots_are_told_and_counted_as_a_number(self) -> None:
        self.room.cast("业主1", "for")
        self.room.by_staff("vote.close", vote="1-1")
        before = Stream.objects.get(pk=self.room.meeting.pk).rev
        late = self.room.cast("业主2", "for", id_="too-late-ballot")
        self.assertTold(late, "vote.closed_not_counted")
        self.assertFalse(late.ok)
        self.room.cast("业主2", "for", id_="too-late-ballot")
        change = self.room.cast("业主1", "against", base=1)
        self.assertTold(change, "vote.change_too_late")
        self.assertRegex(change.params["at"], r"^\d\d:\d\d$")
        self.assertDone(self.room.cast("业主1", "for", base=0), state="already")
        self.vote.refresh_from_db()
        self.assertEqual((self.vote.late, self.room.ballots()), (2, {1: ("for", "phone", False, 1)}))
        self.assertGreater(Stream.objects.get(pk=self.room.meeting.pk).rev, before)
        self.room.by_staff("vote.reveal", vote="1-1")
        self.assertEqual(self.room.entries("vote.revealed")[0]["late"], 2)

    def test_strangers_to_the_roll_are_not_counted_as_late(self) -> None:
        self.room.by_staff("vote.close", vote="1-1")
        self.assertTold(self.room.cast("租客", "for", mandate=1), "vote.not_eligible")
        self.vote.refresh_from_db()
        self.assertEqual(self.vote.late, 0)

    def test_bad_input(self) -> None:
        for field, value in (
            ("vote", "x"), ("mandate", -1), ("mandate", "1.5"), ("choice", "maybe"), ("base", -1), ("base", 10**7),
        ):  # fmt: skip
            given = {"vote": "1-1", "mandate": 1, "choice": "for", "base": 0} | {field: value}
            answer = self.room.by_phone("业主1", "vote.cast", **given)
            self.assertEqual((answer.code, list(answer.errors)), ("invalid", [field]))
        unknown = {"vote": "9-9", "mandate": 1, "choice": "for", "base": 0}
        self.assertTold(self.room.by_phone("业主1", "vote.cast", **unknown), "vote.unknown")

    def test_a_final_rule_allows_no_change(self) -> None:
        frozen = json.loads(self.vote.frozen)
        frozen["rule"]["revote"] = "final"
        Vote.objects.update(frozen=json.dumps(frozen))
        self.room.cast("业主1", "for")
        self.assertTold(self.room.cast("业主1", "against", base=1), "vote.final")
        self.assertDone(self.room.cast("业主1", "for"), state="already")

    def test_a_channel_the_rule_does_not_have_is_refused(self) -> None:
        frozen = json.loads(self.vote.frozen)
        frozen["rule"]["channels"] = ["desk"]
        Vote.objects.update(frozen=json.dumps(frozen))
        self.assertTold(self.room.cast("业主1", "for"), "vote.not_this_way")
        self.assertTold(self.room.cast_for(1, "for", channel="tablet"), "vote.not_this_way")
        self.assertDone(self.room.cast_for(1, "for"), state="counted")

    def test_joint_owners_share_one_ballot(self) -> None:
        room = build([Flat("1-1-101", 5000, ("夫", "妻"))])
        room.arrive("夫", "妻")
        room.open()
        self.assertDone(room.cast("夫", "for"), state="counted")
        self.assertTold(room.cast("妻", "against"), "vote.stale")
        self.assertDone(room.cast("妻", "against", base=1), state="changed")
        self.assertEqual(room.ballots(), {1: ("against", "phone", False, 2)})

    def test_two_flats_are_cast_as_one_ballot_from_either_seat(self) -> None:
        room = build([Flat("1-1-101", 6295, ("韩建国",)), Flat("1-1-102", 8132, ("韩建国",), ("唐丽",))])
        room.arrive("韩建国", "唐丽")
        room.open()
        self.assertDone(room.cast("韩建国", "for"), state="counted")
        self.assertTold(room.cast("唐丽", "against", mandate=1), "vote.not_eligible")
        room.by_staff("vote.close", vote="1-1")
        figures = json.loads(Vote.objects.get(meeting=room.meeting).result)["figures"]
        self.assertEqual((figures["heads"]["for"], figures["area"]["for"], figures["heads"]["roll"]), (1, 14427, 1))


class DeskTest(Case):
    def setUp(self) -> None:
        self.room = build([*flats(["50.00", "60.00", "70.00"]), Flat("2-1-101", 8000, ("",), ("租客",))])
        self.room.arrive("业主1")
        self.room.arrive_at_desk("业主2")
        self.vote = self.room.open()

    def test_the_desk_enters_a_ballot_and_corrects_its_own(self) -> None:
        self.assertDone(self.room.cast_for(2, "for"), state="counted", revision=1)
        self.assertDone(self.room.cast_for(2, "for"), state="already")
        self.assertTold(self.room.cast_for(2, "against"), "vote.stale")
        self.assertDone(self.room.cast_for(2, "against", base=1), state="changed", revision=2)
        first, second = self.room.entries("vote.cast")
        self.assertEqual((first["choice"], second["choice"], second["channel"]), ("for", "against", "desk"))
        self.assertEqual(first["on_behalf"], "1-1-201 业主2")
        actor = json.loads(Entry.objects.filter(kind="vote.cast").first().actor)
        self.assertEqual(actor["role"], "staff")

    def test_the_tablet_is_a_channel_of_its_own(self) -> None:
        self.assertDone(self.room.cast_for(2, "for", channel="tablet"))
        self.assertTold(self.room.cast_for(2, "against", base=1), "vote.taken.tablet")
        self.assertEqual(self.room.ballots(), {2: ("for", "tablet", False, 1)})

    def test_a_relative_who_scans_the_slip_after_the_desk_is_told_when_and_how(self) -> None:
        self.room.cast_for(2, "for")
        self.assertDone(self.room.by_phone("业主2", "presence.check_in", device=f"key-of-{self.room.seat('业主2').pk}"))
        for choice in ("against", "for"):
            told = self.room.cast("业主2", choice, base=1)
            self.assertTold(told, "vote.taken.desk")
            self.assertIn(told.params["at"], told.words("zh-hans"))
        self.assertEqual(self.room.ballots(), {2: ("for", "desk", False, 1)})

    def test_the_desk_after_the_phone_is_told_so_too(self) -> None:
        self.room.cast("业主1", "for")
        self.assertTold(self.room.cast_for(1, "against", base=1), "vote.taken.phone")
        self.assertEqual(self.room.ballots(), {1: ("for", "phone", False, 1)})

    def test_only_for_someone_in_the_hall(self) -> None:
        for mandate in (3, 4):
            self.assertTold(self.room.cast_for(mandate, "for"), "vote.nobody_here")
        self.room.leave("业主2")
        self.assertTold(self.room.cast_for(2, "for"), "vote.nobody_here")
        self.assertTold(self.room.cast_for(9, "for"), "vote.not_eligible")
        self.assertEqual(self.room.ballots(), {})

    def test_a_late_entry_of_the_desk_is_not_counted(self) -> None:
        self.room.by_staff("vote.close", vote="1-1")
        self.assertTold(self.room.cast_for(2, "for"), "vote.closed_not_counted")
        self.vote.refresh_from_db()
        self.assertEqual(self.vote.late, 1)


class ProxyTest(Case):
    def setUp(self) -> None:
        self.room = build(flats(["50.00", "60.00", "70.00"]))
        self.room.arrive("业主1")
        self.room.proxy("业主2", "业主1")
        self.vote = self.room.open()

    def test_the_holder_casts_two_ballots(self) -> None:
        self.assertDone(self.room.cast("业主1", "for"))
        self.assertDone(self.room.cast("业主1", "against", mandate=2), state="counted")
        self.assertDone(self.room.cast("业主1", "for", mandate=2, base=1), state="changed")
        self.assertEqual(self.room.ballots(), {1: ("for", "phone", False, 1), 2: ("for", "phone", True, 2)})
        self.assertEqual([each["by_proxy"] for each in self.room.entries("vote.cast")], [False, True, True])

    def test_the_principal_arrives_and_the_proxy_is_dead(self) -> None:
        self.room.arrive("业主2")
        self.assertTold(self.room.cast("业主1", "for", mandate=2), "vote.proxy_ended")
        self.assertDone(self.room.cast("业主2", "against"), state="counted")
        self.assertEqual(self.room.ballots(), {2: ("against", "phone", False, 1)})

    def test_what_the_proxy_cast_before_stands_and_the_principal_is_told(self) -> None:
        self.room.cast("业主1", "for", mandate=2)
        self.room.arrive("业主2")
        self.assertTold(self.room.cast("业主2", "against", base=1), "vote.taken.proxy")
        self.assertTold(self.room.cast("业主1", "against", mandate=2, base=1), "vote.proxy_ended")
        self.assertEqual(self.room.ballots(), {2: ("for", "phone", True, 1)})

    def test_the_desk_enters_for_the_holder_in_the_hall(self) -> None:
        self.assertDone(self.room.cast_for(2, "for"), state="counted")
        [entry] = self.room.entries("vote.cast")
        self.assertEqual((entry["on_behalf"], entry["by_proxy"]), ("1-1-101 业主1", True))

    def test_a_proxy_registered_after_the_opening_is_not_on_the_frozen_roll(self) -> None:
        self.room.proxy("业主3", "业主1")
        self.assertTold(self.room.cast("业主1", "for", mandate=3), "vote.not_eligible")

    def test_a_holder_who_has_left_casts_nothing_for_the_principal(self) -> None:
        self.room.leave("业主1")
        self.assertTold(self.room.cast("业主1", "for", mandate=2), "seat.not_present")
        self.assertTold(self.room.cast_for(2, "for"), "vote.nobody_here")

    def test_proxies_are_a_channel_in_the_result(self) -> None:
        self.room.cast("业主1", "for")
        self.room.cast("业主1", "against", mandate=2)
        self.room.by_staff("vote.close", vote="1-1")
        result = json.loads(Vote.objects.get().result)
        self.assertEqual(result["channels"]["proxy"]["heads"], {"for": 0, "against": 1, "abstain": 0})
        self.assertEqual(result["channels"]["proxy"]["area"], {"for": 0, "against": 6000, "abstain": 0})
        self.assertEqual(result["channels"]["phone"]["area"], {"for": 5000, "against": 0, "abstain": 0})
        self.assertEqual(result["tallies"]["heads"]["present"], 2)

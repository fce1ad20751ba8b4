"""Results through the acts: worked cases to the last digit, and the same figures wherever they stand."""

from __future__ import annotations

import json

from voting.models import Vote

from .hall import CASE_6, Case, Room, build, flats


class ResultTest(Case):
    def decide(
        self, areas: tuple[str, ...], votes: dict[str, tuple[int, ...]], preset: str = "owners_ordinary"
    ) -> Room:
        room = build(flats(areas))
        room.arrive_at_desk(*(f"业主{no}" for numbers in votes.values() for no in numbers))
        room.open(preset)
        for choice, numbers in votes.items():
            for no in numbers:
                self.assertDone(room.cast_for(no, choice))
        return room

    def result(self, room: Room) -> dict:
        self.assertDone(room.by_staff("vote.close", vote="1-1"))
        return json.loads(Vote.objects.get(meeting=room.meeting).result)

    def test_case_6_exactly_two_thirds_in_heads_and_area_take_part(self) -> None:
        result = self.result(self.decide(CASE_6, {"for": (1, 2, 4), "against": (3,)}))
        heads, area = result["figures"]["heads"], result["figures"]["area"]
        self.assertEqual(result["outcome"], "passed")
        self.assertEqual((heads["cast"], heads["roll"], heads["quorum_need"]), (4, 6, 4))
        self.assertEqual((area["cast"], area["roll"], area["quorum_need"]), (37646, 56469, 37646))
        self.assertEqual((heads["for"], area["for"]), (3, 30933))
        self.assertIn("309.33", result["sentence"]["zh"])
        self.assertIn("309.33", result["sentence"]["en"])

    def test_case_6_more_area_and_exactly_half_of_the_heads_is_not_passed(self) -> None:
        result = self.result(self.decide(CASE_6, {"for": (2, 4), "against": (1, 3)}))
        self.assertEqual((result["outcome"], result["figures"]["area"]["for"]), ("failed", 22148))
        self.assertEqual((result["figures"]["area"]["pass_met"], result["figures"]["heads"]["pass_met"]), (True, False))

    def test_case_6_too_little_area_is_no_quorum_and_three_heads_too(self) -> None:
        result = self.result(self.decide(CASE_6, {"for": (1, 2, 3, 5)}))
        self.assertEqual((result["outcome"], result["figures"]["area"]["cast"]), ("no_quorum", 36464))
        result = self.result(self.decide(CASE_6, {"for": (2, 4, 5)}))
        self.assertEqual((result["outcome"], result["figures"]["area"]["cast"]), ("no_quorum", 32240))

    def test_case_6_exact_half_of_eight_flats_fails_and_one_change_passes(self) -> None:
        areas = ("92.72", "74.02", "58.58", "134.50", "76.95", "103.12", "90.18", "89.57")
        votes = {"for": (1, 2, 3, 4), "against": (5, 6, 7, 8)}
        result = self.result(self.decide(areas, votes))
        self.assertEqual((result["outcome"], result["figures"]["area"]["need"]), ("failed", 35983))
        room = self.decide(areas, votes)
        self.assertDone(room.cast_for(5, "for", base=1), state="changed")
        result = self.result(room)
        self.assertEqual((result["outcome"], result["figures"]["area"]["for"]), ("passed", 43677))

    def test_case_7_exactly_three_quarters_pass_a_major_matter(self) -> None:
        areas = ("75.82", "74.94", "87.86", "94.89", "76.70", "87.61", "82.97", "82.97")
        result = self.result(self.decide(areas, {"for": (1, 2, 3, 4, 5, 6), "against": (7, 8)}, "owners_major"))
        area = result["figures"]["area"]
        self.assertEqual((result["outcome"], area["for"], area["base"], area["need"]), ("passed", 49782, 66376, 49782))
        votes = {"for": (1, 2, 3, 4, 5), "abstain": (6,), "against": (7, 8)}
        self.assertEqual(self.result(self.decide(areas, votes, "owners_major"))["outcome"], "failed")

    def test_nobody_votes_and_nothing_passes(self) -> None:
        self.assertEqual(self.result(self.decide(CASE_6, {}))["outcome"], "no_quorum")
        self.assertEqual(self.result(self.decide(CASE_6, {}, "hall_vote"))["outcome"], "failed")

    def test_present_is_counted_at_the_close_with_those_who_voted_and_left(self) -> None:
        room = build(flats(["50.00"] * 6))
        room.arrive("业主1", "业主2", "业主3", "业主4")
        room.open("hall_vote")
        for who in ("业主1", "业主2"):
            room.cast(who, "for")
        room.leave("业主1")  # voted, so was present
        room.leave("业主3")  # left without voting
        room.arrive("业主5")
        heads = self.result(room)["figures"]["heads"]
        self.assertEqual((heads["present"], heads["for"], heads["need"], heads["base"]), (4, 2, 3, 4))

    def test_the_stored_result_and_both_entries_are_the_same_figures(self) -> None:
        room = self.decide(CASE_6, {"for": (1, 2, 4), "against": (3,)})
        result = self.result(room)
        self.assertDone(room.by_staff("vote.reveal", vote="1-1"))
        [closed], [revealed] = room.entries("vote.closed"), room.entries("vote.revealed")
        self.assertEqual(closed, result)
        self.assertEqual(revealed, result | {"late": 0})
        self.assertTrue(result["minutes"].startswith("经业主共同表决"))

    def test_the_answer_to_the_close_tells_no_figure(self) -> None:
        room = self.decide(CASE_6, {"for": (1, 2, 4), "against": (3,)})
        answer = room.by_staff("vote.close", vote="1-1")
        self.assertEqual(dict(answer.params), {"vote": "1-1"})

    def test_closing_and_revealing_twice_change_nothing(self) -> None:
        room = self.decide(CASE_6, {"for": (1, 2, 4), "against": (3,)})
        self.assertTold(room.by_staff("vote.reveal", vote="1-1"), "vote.still_open", vote="1-1")
        for act in ("vote.close", "vote.reveal"):
            self.assertDone(room.by_staff(act, vote="1-1"), vote="1-1")
            vote = Vote.objects.get()
            self.assertDone(room.by_staff(act, vote="1-1"), vote="1-1")
            again = Vote.objects.get()
            self.assertEqual((again.closed_at, again.revealed_at), (vote.closed_at, vote.revealed_at))
        self.assertDone(room.by_staff("vote.close", vote="1-1"), vote="1-1")
        self.assertEqual(Vote.objects.get().state, "revealed")
        self.assertEqual((len(room.entries("vote.closed")), len(room.entries("vote.revealed"))), (1, 1))
        self.assertTold(room.by_staff("vote.close", vote="7-7"), "vote.unknown")

    def test_a_sense_check_notes_and_decides_nothing(self) -> None:
        room = build(flats(["50.00"] * 3))
        room.arrive("业主1", "业主2")
        room.open("sense_check")
        room.cast("业主1", "for")
        room.cast("业主2", "against")
        result = self.result(room)
        self.assertEqual((result["outcome"], result["tallies"]["heads"]["for"]), ("noted", 1))

"""What pages show: turnout and never a choice before the reveal, one's own ballots, the desk's roll."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.test import TestCase
from django.utils.translation import override

from sessions.meetings.access import meeting_of
from sessions.meetings.models import Meeting
from voting.models import Vote
from voting.reads import (
    VoteView,
    ballot_holders,
    ballots_of,
    desk_rows,
    motion_now,
    motions,
    open_vote,
    vote_now,
    vote_view,
)

from .hall import CASE_6, Flat, Room, build, flats


def words(view: object) -> str:
    """Everything a template could reach in a view, properties too."""
    if dataclasses.is_dataclass(view):
        names = [name for name in dir(view) if not name.startswith("_")]
        return "\n".join(words(getattr(view, name)) for name in names)
    if isinstance(view, list | tuple | set):
        return "\n".join(words(each) for each in view)
    return str(view)


def now(room: Room) -> Meeting:
    return meeting_of(room.meeting.pk)


def seen(room: Room) -> VoteView:
    view = vote_now(now(room))
    assert view is not None
    return view


class MotionTest(TestCase):
    def test_the_rule_is_told_before_the_vote_opens(self) -> None:
        room = build(flats(CASE_6))
        room.by_staff("motion.add", item=1, no="1-1", text="引进物业。", preset="owners_major")
        self.assertIsNone(motion_now(now(room)))
        room.by_staff("motion.show", motion="1-1")
        motion = motion_now(now(room))
        assert motion is not None
        self.assertEqual((motion.no, motion.item, motion.item_title), ("1-1", 1, "议题一"))
        self.assertEqual((motion.text, motion.shown, motion.state), ("引进物业。", True, "waiting"))
        self.assertTrue(motion.rule_name)
        with override("en"):
            self.assertEqual(motion.rule_words, "For: at least three quarters of those who vote")
        self.assertIsNone(vote_now(now(room)))

    def test_the_state_follows_the_vote(self) -> None:
        room = build(flats(CASE_6))
        states = []
        room.open()
        for act in ("vote.close", "vote.reveal", ""):
            states.append(motions(now(room))[0].state)
            if act:
                room.by_staff(act, vote="1-1")
        self.assertEqual(states, ["open", "closed", "revealed"])

    def test_a_motion_of_another_item_is_not_before_the_hall(self) -> None:
        room = build(flats(CASE_6))
        room.open()
        for act in ("vote.close", "vote.reveal"):
            room.by_staff(act, vote="1-1")
        room.by_staff("item.start", item=2)
        self.assertIsNone(motion_now(now(room)))
        self.assertIsNone(vote_now(now(room)))
        self.assertIsNotNone(vote_view(now(room), "1-1"))
        self.assertIsNone(vote_view(now(room), "2-1"))

    def test_a_sense_check_names_no_threshold(self) -> None:
        room = build(flats(CASE_6))
        room.by_staff("motion.add", item=1, no="1-1", text="摸底。", preset="sense_check")
        self.assertEqual(motions(now(room))[0].rule_words, "")


class TurnoutTest(TestCase):
    def setUp(self) -> None:
        self.room = build([*flats(CASE_6), Flat("2-1-101", 7000, ("对门",))])
        self.room.arrive("业主1", "业主2", "业主3", "对门")
        self.room.open()

    def test_counts_of_those_in_the_hall_and_of_the_roll(self) -> None:
        self.room.cast("业主1", "against")
        view = seen(self.room)
        self.assertEqual((view.mandates, view.present, view.cast, view.missing), (7, 4, 1, 3))
        heads, area = view.turnout
        self.assertEqual((heads.measure, heads.cast, heads.present, heads.roll), ("heads", 1, 4, 7))
        self.assertEqual((area.cast, area.present, area.roll), (8785, 8785 + 10874 + 6713 + 7000, 63469))
        self.assertEqual((area.cast_text, heads.cast_text), ("87.85 ㎡", "1"))
        self.assertEqual([(row.building, row.cast, row.missing) for row in view.buildings], [("1", 1, 2), ("2", 0, 1)])

    def test_the_quorum_is_known_beforehand(self) -> None:
        heads, area = seen(self.room).needs
        self.assertEqual((heads.need, heads.of, area.need, area.of), (5, 7, 42313, 63469))
        with override("en"):
            self.assertEqual(heads.words, "Voting: at least 5 of 7")
            self.assertEqual(area.words, "Voting: at least 423.13 ㎡ of 634.69 ㎡")
            self.assertEqual((heads.name, area.name), ("Owners", "Floor area"))

    def test_one_view_speaks_both_languages(self) -> None:
        view = seen(self.room)
        with override("en"):
            english = view.passing
        with override("zh-hans"):
            chinese = view.passing
        self.assertIn("more than half", english)
        self.assertIn("超过半数", chinese)

    def test_no_choice_leaves_before_the_reveal(self) -> None:
        """Two rooms that differ only in how people voted look the same to everyone."""
        other = build([*flats(CASE_6), Flat("2-1-101", 7000, ("对门",))])
        other.arrive("业主1", "业主2", "业主3", "对门")
        other.open()
        for who, here, there in (("业主1", "for", "against"), ("业主2", "against", "abstain"), ("对门", "for", "for")):
            self.room.cast(who, here)
            other.cast(who, there)

        def stripped(room: Room) -> dict[str, Any]:
            view = seen(room)
            self.assertIsNone(view.result)
            for hidden in ("for_", "against", "abstain", "outcome", "sentence"):
                self.assertNotIn(hidden, vars(view))
            return vars(view) | {"opened_at": None, "closed_at": None, "digest": None}

        self.assertEqual(stripped(self.room), stripped(other))
        for room in (self.room, other):
            room.by_staff("vote.close", vote="1-1")
        self.assertEqual(stripped(self.room), stripped(other))
        rows = [[dataclasses.replace(row, at=None) for row in desk_rows(Vote.objects.get(meeting=room.meeting))]
                for room in (self.room, other)]  # fmt: skip
        self.assertEqual(rows[0], rows[1])

    def test_turnout_stands_still_after_the_close(self) -> None:
        self.room.cast("业主1", "for")
        self.room.by_staff("vote.close", vote="1-1")
        before = seen(self.room)
        self.room.leave("业主2")
        self.assertEqual(seen(self.room), before)
        self.assertEqual((before.state, before.present, before.cast, before.mandates), ("closed", 4, 1, 7))

    def test_a_view_takes_a_handful_of_queries(self) -> None:
        meeting = now(self.room)
        with self.assertNumQueries(3):
            vote_now(meeting)


class ResultTest(TestCase):
    def test_a_revealed_result_has_every_figure_and_both_sentences(self) -> None:
        room = build(flats(CASE_6))
        room.arrive("业主1", "业主2")
        room.arrive_at_desk("业主3", "业主4")
        room.open()
        room.cast("业主1", "for")
        room.cast("业主2", "for")
        room.cast_for(3, "against")
        room.cast_for(4, "for", channel="tablet")
        room.by_staff("vote.close", vote="1-1")
        late = room.cast("业主1", "against", base=1)
        self.assertEqual(late.code, "vote.change_too_late")
        room.by_staff("vote.reveal", vote="1-1")
        view = seen(room)
        result = view.result
        assert result is not None
        self.assertTrue(view.is_revealed)
        self.assertEqual((result.outcome, result.icon, result.late, view.late), ("passed", "passed", 1, 1))
        heads, area = result.rows
        self.assertEqual((heads.for_, heads.against, heads.abstain, heads.need), (3, 1, 0, 3))
        self.assertEqual((area.for_text, area.against_text, area.base_text), ("309.33 ㎡", "67.13 ㎡", "376.46 ㎡"))
        self.assertEqual((area.need_text, area.quorum_need_text), ("188.24 ㎡", "376.46 ㎡"))
        self.assertEqual((heads.for_percent, area.for_percent, area.cast_percent), ("75.00 %", "82.17 %", "66.67 %"))
        self.assertEqual(
            [(row.channel, row.for_, row.against, row.abstain, row.cast) for row in result.channels],
            [("phone", 2, 0, 0, 2), ("tablet", 1, 0, 0, 1), ("desk", 0, 1, 0, 1), ("proxy", 0, 0, 0, 0)],
        )
        with override("zh-hans"):
            self.assertIn("通过", result.sentence)
        with override("en"):
            self.assertIn("Passed", result.sentence)
            self.assertEqual(result.word, "Passed")
        self.assertTrue(words(view))


class MyBallotTest(TestCase):
    def test_one_ballot_none_and_several(self) -> None:
        room = build([
            Flat("1-1-101", 6295, ("韩建国",)),
            Flat("1-1-102", 8132, ("韩建国",), ("唐丽",)),
            Flat("1-1-201", 5000, ("周桂芳",)),
            Flat("1-1-202", 7635, ("孙晓燕",)),
        ])  # fmt: skip
        room.arrive("韩建国", "唐丽", "周桂芳")
        room.proxy("孙晓燕", "周桂芳")
        vote = room.open()
        han, tang, zhou, sun = (room.seat(name) for name in ("韩建国", "唐丽", "周桂芳", "孙晓燕"))
        self.assertEqual(ballot_holders(vote), {han.pk: [1], zhou.pk: [2, 3], sun.pk: [3]})
        self.assertEqual(open_vote(now(room)), vote)
        self.assertEqual(ballots_of(vote, tang).ballots, ())
        [mine] = ballots_of(vote, han).ballots
        self.assertEqual((mine.no, mine.flats, mine.area_x100, mine.by_proxy), (1, 2, 14427, False))
        self.assertEqual((mine.choice, mine.revision, mine.may_cast, mine.is_cast), ("", 0, True, False))
        own, proxied = ballots_of(vote, zhou).ballots
        self.assertEqual((own.by_proxy, own.door, proxied.by_proxy, proxied.door), (False, "", True, "1-1-202"))
        with override("en"):
            self.assertEqual(mine.label, "2 flats, 144.27 ㎡ together")
            self.assertEqual(proxied.label, "For your neighbour at 1-1-202 (1 flat, 76.35 ㎡)")
        self.assertFalse(ballots_of(vote, sun).ballots[0].may_cast, "she is not in the hall")

    def test_ballots_of_a_household_have_no_area_to_tell(self) -> None:
        room = build(flats(CASE_6))
        room.arrive("业主1")
        vote = room.open("hall_vote")
        self.assertEqual(ballots_of(vote, room.seat("业主1")).ballots[0].label, "")

    def test_cast_and_to_be_changed(self) -> None:
        room = build(flats(CASE_6))
        room.arrive("业主1")
        room.arrive_at_desk("业主2")
        vote = room.open()
        room.cast("业主1", "against")
        room.cast_for(2, "abstain")
        [mine] = ballots_of(vote, room.seat("业主1")).ballots
        self.assertEqual((mine.choice, mine.revision, mine.channel, mine.elsewhere), ("against", 1, "phone", False))
        self.assertTrue(mine.may_cast and mine.is_cast and mine.at and mine.choice_word and mine.how)
        [theirs] = ballots_of(vote, room.seat("业主2")).ballots
        self.assertEqual((theirs.choice, theirs.elsewhere, theirs.by_desk), ("abstain", True, True))
        self.assertFalse(theirs.may_cast)
        self.assertEqual(ballots_of(vote, room.seat("业主1")).waiting, ())
        room.by_staff("vote.close", vote="1-1")
        vote.refresh_from_db()
        closed = ballots_of(vote, room.seat("业主1"))
        self.assertEqual(
            (closed.state, closed.ballots[0].choice, closed.ballots[0].may_cast), ("closed", "against", False)
        )

    def test_a_proxy_is_gone_when_the_principal_comes(self) -> None:
        room = build(flats(CASE_6))
        room.arrive("业主1")
        room.proxy("业主2", "业主1")
        vote = room.open()
        room.cast("业主1", "for", mandate=2)
        self.assertEqual(len(ballots_of(vote, room.seat("业主1")).ballots), 2)
        room.arrive("业主2")
        self.assertEqual([ballot.no for ballot in ballots_of(vote, room.seat("业主1")).ballots], [1])
        [mine] = ballots_of(vote, room.seat("业主2")).ballots
        self.assertEqual((mine.channel, mine.elsewhere, mine.choice), ("proxy", True, "for"))

    def test_a_neighbour_does_not_see_what_the_owner_chose(self) -> None:
        room = build([Flat("1-1-101", 5000, ("夫", "妻")), Flat("1-1-201", 6000, ("邻居",))])
        room.arrive("夫", "邻居")
        room.proxy("妻", "邻居")
        vote = room.open()
        room.cast("夫", "against")
        theirs = ballots_of(vote, room.seat("邻居")).ballots[1]
        self.assertEqual((theirs.no, theirs.by_proxy, theirs.is_cast), (1, True, True))
        self.assertEqual((theirs.choice, theirs.choice_word, theirs.may_cast), ("", "", False))


class DeskTest(TestCase):
    def test_who_has_a_ballot_in_and_how_but_the_choice_only_of_its_own(self) -> None:
        room = build(flats(CASE_6))
        room.arrive("业主1")
        room.arrive_at_desk("业主2", "业主3")
        vote = room.open()
        room.cast("业主1", "against")
        room.cast_for(2, "abstain")
        rows = desk_rows(vote)
        self.assertEqual(
            [(row.no, row.present, row.is_cast, row.channel, row.choice, row.may_enter) for row in rows],
            [
                (1, True, True, "phone", "", False),
                (2, True, True, "desk", "abstain", True),
                (3, True, False, "", "", True),
                (4, False, False, "", "", False),
                (5, False, False, "", "", False),
                (6, False, False, "", "", False),
            ],
        )
        self.assertEqual((rows[0].label, rows[0].building), ("1-1-101 业主1", "1"))
        self.assertNotIn("against", words(rows[0]))

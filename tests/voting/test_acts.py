"""Motions and votes: put, shown, opened once; their order among other acts, their rights, what the record keeps."""

from __future__ import annotations

import hashlib
import json
from datetime import date

from django.db import IntegrityError, transaction

from sessions.halls.models import Role
from sessions.meetings.models import AgendaItem, Meeting
from sessions.record.acts import Answer, declared, may
from sessions.record.chain import verify
from sessions.record.models import Answer as StoredAnswer
from sessions.record.models import Entry, Stream
from sessions.record.scribe import perform
from voting.acts import vote_digest
from voting.models import Ballot, Motion, Vote
from voting.rolls import roll_of

from .hall import CASE_6, Case, act_id, build, estate, flats, member, sit


class MotionTest(Case):
    def setUp(self) -> None:
        self.room = build(flats(["50.00"]))

    def add(self, **changed: object) -> Answer:
        given = {"item": 1, "no": "1-1", "text": "同意引进物业。", "preset": "owners_ordinary"}
        return self.room.by_staff("motion.add", **(given | changed))

    def test_a_motion_is_added_once(self) -> None:
        self.assertDone(self.add(), motion="1-1")
        self.assertDone(self.add(), motion="1-1")
        self.assertTold(self.add(text="另一件事。"), "motion.number_taken", motion="1-1")
        [entry] = self.room.entries("motion.added")
        self.assertEqual((entry["motion"], entry["item"], entry["text"]), ("1-1", 1, "同意引进物业。"))
        self.assertEqual(entry["preset"], "owners_ordinary")
        self.assertTrue(entry["rule_name"])

    def test_bad_input_gets_a_sentence_at_its_field(self) -> None:
        for field, value in (
            ("no", "2-1"), ("no", "一"), ("no", "1-1-1"), ("text", "\u202e  "), ("text", "长" * 301), ("item", "x"),
            ("preset", "no_such"), ("preset", "committee_by_households"), ("preset", "representatives_assembly"),
            ("preset", "satisfaction"), ("preset", "unanimous_consent"),
        ):  # fmt: skip
            answer = self.add(**{field: value})
            self.assertEqual((answer.code, list(answer.errors)), ("invalid", [field]), (field, value))
        self.assertTold(self.add(item=9, no="9-1"), "motion.no_item")
        self.assertFalse(Motion.objects.exists())

    def test_text_is_cleaned_and_kept_as_plain_text(self) -> None:
        self.add(text="同意 <b>收费</b>\u202e\n下一行")
        self.assertEqual(Motion.objects.get().text, "同意 <b>收费</b> 下一行")

    def test_one_motion_at_a_time_is_before_the_hall(self) -> None:
        self.add()
        self.add(no="1-2", text="第二件。")
        for no in ("1-1", "1-1", "1-2"):
            self.assertDone(self.room.by_staff("motion.show", motion=no), motion=no)
        self.assertEqual(Motion.objects.get(shown=True).no, "1-2")
        self.assertEqual([entry["motion"] for entry in self.room.entries("motion.shown")], ["1-1", "1-2"])
        self.assertTold(self.room.by_staff("motion.show", motion="1-9"), "motion.unknown")

    def test_no_other_motion_is_shown_while_a_vote_is_open(self) -> None:
        self.room.open()
        self.add(no="1-2", text="第二件。")
        self.assertTold(self.room.by_staff("motion.show", motion="1-2"), "vote.another_open", vote="1-1")


class OpenTest(Case):
    def test_motion_rule_and_roll_are_frozen_and_hashed(self) -> None:
        room = build(flats(CASE_6))
        vote = room.open()
        [entry] = room.entries("vote.opened")
        self.assertEqual(
            entry["roll"],
            {
                "unit": "owner", "mandates": 6, "heads": 6, "area_x100": 56469, "households": 6,
                "digest": vote.roll_digest,
            },
        )  # fmt: skip
        self.assertEqual((entry["vote"], entry["item"], entry["text"]), ("1-1", 1, "同意事项1-1。"))
        self.assertEqual((entry["preset"], entry["version"], entry["secrecy"]), ("owners_ordinary", "1", "named"))
        self.assertEqual(entry["rule"]["quorum"], {"count": "cast", "share": [">=", 2, 3]})
        self.assertIn("民法典", entry["basis"])
        frozen = json.loads(vote.frozen)
        self.assertEqual({key: entry[key] for key in frozen}, frozen)
        self.assertEqual(vote.roll_digest, roll_of(vote, "owner").digest)
        self.assertEqual(entry["digest"], vote_digest(vote.frozen, vote.roll_digest))
        expected = hashlib.sha256(f"{vote.frozen}\n{vote.roll_digest}".encode()).hexdigest()
        self.assertEqual(vote.digest, expected)
        self.assertTrue(Motion.objects.get().shown)

    def test_a_second_start_changes_nothing_and_answers_kindly(self) -> None:
        room = build(flats(CASE_6))
        vote = room.open()
        again = room.by_staff("vote.open", motion="1-1")
        self.assertDone(again, vote="1-1")
        self.assertEqual(Vote.objects.get().digest, vote.digest)
        self.assertEqual((vote.mandates.count(), len(room.entries("vote.opened"))), (6, 1))

    def test_a_double_tap_gets_the_first_answer(self) -> None:
        room = build(flats(CASE_6))
        room.by_staff("motion.add", item=1, no="1-1", text="事。", preset="hall_vote")
        given = {"actor": room.staff, "stream": room.meeting.pk, "data": {"motion": "1-1"}, "act_id": act_id()}
        first, second = perform("vote.open", **given), perform("vote.open", **given)
        self.assertEqual((first.ok, second.ok, second.again, second.rev), (True, True, True, first.rev))
        self.assertEqual(len(room.entries("vote.opened")), 1)

    def test_a_motion_is_voted_on_once(self) -> None:
        room = build(flats(CASE_6))
        room.open()
        room.by_staff("vote.close", vote="1-1")
        self.assertTold(room.by_staff("vote.open", motion="1-1"), "vote.already_voted", vote="1-1")

    def test_one_open_vote_at_a_time(self) -> None:
        room = build(flats(CASE_6))
        room.open()
        room.by_staff("motion.add", item=1, no="1-2", text="二。", preset="hall_vote")
        self.assertTold(room.by_staff("vote.open", motion="1-2"), "vote.another_open", vote="1-1")

    def test_only_when_the_meeting_sits_and_the_item_runs(self) -> None:
        room = build(flats(CASE_6))
        room.by_staff("motion.add", item=2, no="2-1", text="二。", preset="hall_vote")
        self.assertTold(room.by_staff("vote.open", motion="2-1"), "vote.item_not_now", item=2)
        AgendaItem.objects.filter(no=1).update(state=AgendaItem.State.DONE)
        room.by_staff("motion.add", item=1, no="1-1", text="一。", preset="hall_vote")
        self.assertTold(room.by_staff("vote.open", motion="1-1"), "vote.item_not_now", item=1)
        Meeting.objects.update(state=Meeting.State.CHECK_IN)
        self.assertTold(room.by_staff("vote.open", motion="1-1"), "vote.not_sitting")
        self.assertTold(room.by_staff("vote.open", motion="3-1"), "motion.unknown")
        self.assertFalse(Vote.objects.exists())

    def test_a_notice_too_young_for_the_law_allows_no_owners_decision(self) -> None:
        room = build(flats(CASE_6), notice=None)
        room.by_staff("motion.add", item=1, no="1-1", text="一。", preset="owners_ordinary")
        for notice, given in ((None, 0), (date(2026, 11, 5), 14)):
            Meeting.objects.update(notice_on=notice)
            told = room.by_staff("vote.open", motion="1-1")
            self.assertTold(told, "vote.notice_short", need=15, given=given)
        Meeting.objects.update(notice_on=date(2026, 11, 4))
        self.assertDone(room.by_staff("vote.open", motion="1-1"))

    def test_an_empty_roster_cannot_vote(self) -> None:
        room = build([])
        room.by_staff("motion.add", item=1, no="1-1", text="一。", preset="hall_vote")
        self.assertTold(room.by_staff("vote.open", motion="1-1"), "vote.no_roll")

    def test_too_many_proxies_leave_nothing_behind(self) -> None:
        room = build(flats(["50.00"] * 5))
        room.arrive("业主1")
        for no in range(2, 6):
            room.proxy(f"业主{no}", "业主1")
        room.by_staff("motion.add", item=1, no="1-1", text="一。", preset="owners_ordinary")
        self.assertTold(room.by_staff("vote.open", motion="1-1"), "roll.too_many_proxies", count=4, limit=3)
        self.assertFalse(Vote.objects.exists())


class OrderTest(Case):
    def test_a_meeting_does_not_close_over_an_open_or_unseen_vote(self) -> None:
        room = build(flats(["50.00"]))
        room.open("hall_vote")
        self.assertTold(room.by_staff("meeting.close"), "vote.still_open", vote="1-1")
        room.by_staff("vote.close", vote="1-1")
        self.assertTold(room.by_staff("meeting.close"), "vote.not_revealed", vote="1-1")
        room.by_staff("vote.reveal", vote="1-1")
        self.assertDone(room.by_staff("meeting.close"))
        self.assertTrue(Stream.objects.get(pk=room.meeting.pk).sealed)
        self.assertTrue(verify(Stream.objects.get(pk=room.meeting.pk)).sound)

    def test_the_agenda_stays_while_a_vote_is_open(self) -> None:
        room = build(flats(["50.00"]))
        room.open("hall_vote")
        self.assertTold(room.by_staff("item.start", item=2), "vote.still_open", vote="1-1")
        self.assertTold(room.by_staff("item.end", item=1), "vote.still_open", vote="1-1")
        room.by_staff("vote.close", vote="1-1")
        self.assertDone(room.by_staff("item.start", item=2))

    def test_a_ballot_after_the_meeting_is_not_counted(self) -> None:
        room = build(flats(["50.00"]))
        room.arrive("业主1")
        room.open("hall_vote")
        for act in ("vote.close", "vote.reveal"):
            room.by_staff(act, vote="1-1")
        room.by_staff("meeting.close")
        self.assertTold(room.cast("业主1", "for"), "vote.closed_not_counted")


class RightTest(Case):
    def test_each_act_asks_for_its_right(self) -> None:
        room = build(flats(["50.00"]))
        actors = {kind: member(room.meeting.hall.node, kind) for kind in Role.Kind.values if kind != "facilitator"}
        actors["facilitator"] = room.staff
        allowed = {
            act: {kind for kind, actor in actors.items() if may(act, actor, room.meeting)}
            for act in declared()
            if act.split(".")[0] in ("motion", "vote")
        }
        chair, floor = {"facilitator"}, {"facilitator", "operator"}
        self.assertEqual(
            allowed,
            {
                "motion.add": floor | {"director", "secretary"},
                "motion.show": floor,
                "vote.open": chair,
                "vote.cast": set(),
                "vote.cast_for": {"desk", "operator", "secretary", "facilitator"},
                "vote.close": chair,
                "vote.reveal": chair,
            },
        )

    def test_a_resident_and_a_stranger_cannot_run_a_vote(self) -> None:
        room = build(flats(["50.00"]))
        room.arrive("业主1")
        vote = room.open("hall_vote")
        stranger = member(estate("别的小区"), Role.Kind.FACILITATOR)
        for act, data in (
            ("vote.open", {"motion": "1-1"}),
            ("vote.close", {"vote": "1-1"}),
            ("vote.reveal", {"vote": "1-1"}),
        ):
            self.assertTold(room.by_phone("业主1", act, **data), "not_allowed")
            room.staff, chair = stranger, room.staff
            self.assertTold(room.by_staff(act, **data), "not_allowed")
            room.staff = chair
        self.assertTold(
            room.by_phone("业主1", "vote.cast_for", vote="1-1", mandate=1, choice="for", base=0, channel="desk"),
            "not_allowed",
        )
        room.staff = stranger
        self.assertTold(room.cast_for(1, "for"), "not_allowed")
        self.assertTold(room.by_staff("vote.cast", vote="1-1", mandate=1, choice="for", base=0), "not_allowed")
        vote.refresh_from_db()
        self.assertEqual((vote.state, room.ballots()), ("open", {}))

    def test_a_seat_of_another_meeting_casts_nothing_here(self) -> None:
        room = build(flats(["50.00"]))
        other = sit(room.meeting.hall, room.staff, ordinal=2)
        other.arrive("业主1")
        room.open("hall_vote")
        seat = other.seat("业主1")
        told = room.by_phone(seat, "vote.cast", vote="1-1", mandate=1, choice="for", base=0)
        self.assertTold(told, "not_allowed")


class PrivacyTest(Case):
    def test_neither_label_nor_choice_stands_in_the_clear(self) -> None:
        self.room = room = build(flats(CASE_6))
        room.arrive("业主1")
        room.arrive_at_desk("业主2")
        room.open()
        room.cast("业主1", "against")
        room.cast_for(2, "abstain")
        cast = Entry.objects.filter(kind="vote.cast")
        self.assertEqual(cast.count(), 2)
        for entry in cast:
            text = entry.body + entry.actor
            for secret in ("业主", "1-1-101", "1-1-201", "against", "abstain", 'for"'):
                self.assertNotIn(secret, text)
            self.assertEqual(set(json.loads(entry.body)) - {"on_behalf"},
                             {"vote", "mandate", "choice", "channel", "by_proxy", "revision"})  # fmt: skip
            opened = entry.values.filter(public=True).values_list("value", flat=True)
            self.assertLessEqual(set(opened), {f'"{self.room.staff.name}"'})
        for answer in StoredAnswer.objects.all():
            self.assertNotIn("against", answer.params)
            self.assertNotIn("abstain", answer.params)

    def test_one_row_per_mandate_is_the_databases_own_rule(self) -> None:
        room = build(flats(["50.00"]))
        room.arrive("业主1")
        vote = room.open("hall_vote")
        room.cast("业主1", "for")
        ballot = Ballot.objects.get()
        with self.assertRaises(IntegrityError), transaction.atomic():
            Ballot.objects.bulk_create(
                [Ballot(mandate=ballot.mandate, vote=vote, choice="against", channel="desk", at=ballot.at)]
            )

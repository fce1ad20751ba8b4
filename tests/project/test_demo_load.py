"""demo_load: the demo hall's figures, made through acts, once; and nowhere but in a demo data folder."""

from __future__ import annotations

import json

from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.test import TestCase
from django.utils import translation

from project.demo import data
from project.demo.load import demo_meeting, seats_by_door
from sessions.documents.models import Series
from sessions.halls.access import roles_at, seat_by_slip, staff_actor
from sessions.halls.models import Hall, Household, Node, Role, Seat, Tie
from sessions.halls.reads import figures_of
from sessions.meetings.access import access_meeting
from sessions.meetings.models import Meeting
from sessions.record import chain
from sessions.record.models import Entry, Stream
from tests import build
from tests.project.demo_folder import DemoFolder, load
from voting.models import Motion
from voting.rolls import build_roll


class Loading(DemoFolder):
    def test_the_figures_are_the_scripts(self) -> None:
        load()
        meeting = demo_meeting()
        assert meeting is not None
        figures = figures_of(meeting.hall.node)
        self.assertEqual((figures.households, figures.owners, figures.area_x100), (60, 59, 456502))
        roll = build_roll(meeting, "owner")
        self.assertEqual((len(roll.lines), roll.total("heads"), roll.total("area")), (59, 59, 456502))
        self.assertEqual(build_roll(meeting, "household").total("heads"), 60)
        self.assertEqual(str(meeting.hall.node), "福苑里小区")
        names = [node.name for node in Node.objects.filter(pk__in=meeting.hall.node.path.strip("/").split("/"))]
        self.assertEqual(names, ["青垣市桥西区", "永兴街街道", "福苑里社区", "福苑里小区"])
        self.assertEqual(meeting.hall.short, "福苑里")
        self.assertEqual(meeting.hall.venues.count(), 3)

    def test_the_meeting_is_ready_to_be_tried(self) -> None:
        load()
        meeting = demo_meeting()
        assert meeting is not None
        self.assertEqual((meeting.state, meeting.join_code, meeting.households), ("check_in", "473819", 60))
        self.assertEqual((meeting.speech_seconds, meeting.presenter_seconds, meeting.speeches_per_item), (120, 180, 2))
        self.assertEqual((meeting.starts_at - data.at("15:00")).total_seconds(), 0)
        self.assertEqual([item.title for item in meeting.items.all()], [i["title"] for i in data.meeting()["agenda"]])
        self.assertEqual(len(meeting.items.get(no=1).background.splitlines()), 3)
        motion = Motion.objects.get(meeting=meeting)
        self.assertEqual((motion.no, motion.preset, motion.item.no), ("1-1", "owners_ordinary", 1))
        self.assertEqual({(s.kind, s.next) for s in Series.objects.all()}, {("minutes", 47), ("resolution", 112)})
        self.assertEqual(build.kinds(meeting), ["motion.added", "meeting.check_in_opened"])
        self.assertEqual(build.entries(meeting)[-1]["at"], "2026-11-19T06:30:00.000Z")
        officials = Seat.objects.filter(stream=meeting.stream_id, standing="official").values_list("name", flat=True)
        self.assertEqual(set(officials), set(data.meeting()["guests_in_minutes"]))

    def test_a_tenant_has_a_seat_and_no_ballot_and_two_flats_are_one_mandate(self) -> None:
        load()
        meeting = demo_meeting()
        assert meeting is not None
        seats = seats_by_door(meeting)
        self.assertEqual(len(seats), 60)
        held = [line for line in build_roll(meeting, "owner").lines if line.households == 2]
        self.assertEqual([(line.area_x100, line.heads) for line in held], [(14427, 1)])
        holders = {hold.seat for line in build_roll(meeting, "owner").lines for hold in line.holders}
        self.assertIn(seats["2-1-101"].pk, holders)  # 韩建国
        self.assertNotIn(seats["2-1-102"].pk, holders)  # 唐丽
        self.assertNotIn(seats["1-2-401"].pk, holders)  # 林小雨; the owner is not known by name
        self.assertTrue(Tie.objects.filter(role="owner", person__name="", household__building="1").exists())

    def test_staff_hold_their_roles_and_no_password(self) -> None:
        load()
        meeting = demo_meeting()
        assert meeting is not None
        roles = {user.get_full_name(): roles_at(user.pk, meeting.hall.node) for user in get_user_model().objects.all()}
        self.assertEqual(roles["汪学勤"], {Role.Kind.FACILITATOR})
        self.assertEqual(roles["秦朗"], {Role.Kind.OPERATOR})
        self.assertEqual(roles["白雪"], {Role.Kind.SECRETARY})
        self.assertEqual(roles["孟丽华"], {Role.Kind.DIRECTOR})
        self.assertEqual(len(roles), len(data.STAFF))
        self.assertFalse(any(user.has_usable_password() for user in get_user_model().objects.all()))
        user = get_user_model().objects.get(username="wangxueqin")
        self.assertEqual(access_meeting(user, meeting.stream_id).pk, meeting.pk)
        self.assertEqual(staff_actor(user).name, "汪学勤")

    def test_a_second_time_changes_nothing(self) -> None:
        load()
        meeting = demo_meeting()
        assert meeting is not None

        def state() -> list[object]:
            counts: list[object] = [
                model.objects.count()
                for model in (Hall, Household, Node, Seat, Role, Meeting, Motion, Stream, Entry, get_user_model())
            ]
            revs = Stream.objects.order_by("pk").values_list("pk", "rev")
            return [*counts, *revs, (self.folder / "demo.json").read_text()]

        before = state()
        load()
        self.assertEqual(state(), before)
        for stream in Stream.objects.all():
            self.assertTrue(chain.verify(stream).sound)

    def test_the_launcher_is_told_the_addresses(self) -> None:
        load()
        mark = json.loads((self.folder / "demo.json").read_text())
        self.assertTrue(mark["demo"])
        self.assertEqual(mark["pages"]["wall"], "/demo/enter/wall/")
        self.assertEqual(seat_by_slip(mark["pages"]["phone"].split("/")[2]).name, "王淑珍")


class Elsewhere(TestCase):
    def test_a_real_folder_is_refused_in_one_sentence(self) -> None:
        with translation.override("en"), self.assertRaisesMessage(CommandError, "This is no demo data folder"):
            load()
        self.assertFalse(Hall.objects.exists())
        self.assertFalse(Entry.objects.exists())

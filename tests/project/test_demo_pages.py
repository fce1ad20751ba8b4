"""The demo's own pages: the start page, the doors that sign one in, the clock that only the player moves."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.test import Client, override_settings

from project.demo import clock as demo_clock
from project.demo import data
from project.demo.load import demo_meeting
from sessions.record import clock
from sessions.record.acts import Refused
from tests.project.demo_folder import DemoFolder, load


class Pages(DemoFolder):
    def setUp(self) -> None:
        super().setUp()
        load()

    def signed_in(self, client: Client) -> str:
        user = get_user_model().objects.filter(pk=client.session.get("_auth_user_id")).first()
        return user.get_full_name() if user else ""

    def test_the_start_page_says_what_to_try_and_links_it(self) -> None:
        page = self.client.get("/").content.decode()
        for door in ("wall", "console", "desk", "documents"):
            self.assertIn(f'action="/demo/enter/{door}/"', page)
        slips = re.findall(r'href="(/q/[^"]+/)"', page)
        self.assertEqual(len(slips), 5)
        for slip in slips:
            self.assertEqual(self.client.get(slip).status_code, 200)
        self.assertIn("473 819", page)
        self.assertNotIn("http://127.0.0.1", page)

    def test_the_eight_digits_shown_open_the_slip(self) -> None:
        page = self.client.get("/").content.decode()
        found = re.search(r">(\d{4} \d{4})<", page)
        assert found is not None
        answer = self.client.post("/m/473819/", {"digits": found.group(1)})
        self.assertEqual(answer.status_code, 302)
        self.assertTrue(answer["Location"].startswith("/q/"))

    def test_a_door_signs_in_its_person_and_keeps_one_who_may_pass(self) -> None:
        meeting = demo_meeting()
        assert meeting is not None
        self.assertContains(self.client.get("/demo/enter/wall/"), "秦朗")
        answer = self.client.post("/demo/enter/wall/")
        self.assertRedirects(answer, f"/room/{meeting.pk}/wall/")
        self.assertEqual(self.signed_in(self.client), "秦朗")
        self.client.post("/demo/enter/console/")
        self.assertEqual(self.signed_in(self.client), "汪学勤")
        self.client.post("/demo/enter/desk/")  # the facilitator may do what the desk does
        self.assertEqual(self.signed_in(self.client), "汪学勤")
        self.client.post("/demo/enter/documents/")
        self.assertEqual(self.signed_in(self.client), "白雪")

    def test_no_other_door_no_other_site(self) -> None:
        self.assertEqual(self.client.post("/demo/enter/treasury/").status_code, 404)
        answer = self.client.post("/demo/enter/console/", headers={"Origin": "http://elsewhere.example"})
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.signed_in(self.client), "")

    def test_nothing_of_it_answers_in_a_real_hall(self) -> None:
        key = demo_clock.new_play_key()
        with override_settings(DEMO=False):
            self.assertEqual(self.client.get("/").status_code, 404)
            self.assertEqual(self.client.post("/demo/enter/console/").status_code, 404)
            moved = self.client.post(
                "/demo/clock", {"moment": "2026-11-19T15:00:00+08:00"}, headers={"X-Play-Key": key}
            )
            self.assertEqual(moved.status_code, 404)
        self.assertEqual(self.signed_in(self.client), "")


class Clock(DemoFolder):
    def setUp(self) -> None:
        super().setUp()
        load()

    def move(self, key: str, **given: str) -> int:
        return self.client.post("/demo/clock", given, headers={"X-Play-Key": key}).status_code

    def test_only_the_player_moves_it(self) -> None:
        wanted = {"moment": "2026-11-19T15:08:00+08:00", "rate": "0"}
        self.assertEqual(self.move("", **wanted), 403)
        key = demo_clock.new_play_key()
        self.assertEqual(self.move("", **wanted), 403)
        self.assertEqual(self.move(key[::-1], **wanted), 403)
        self.assertEqual(self.move("ü", **wanted), 403)
        self.assertNotEqual(clock.now(), data.at("15:08"))
        self.assertEqual(self.move(key, **wanted), 204)
        self.assertEqual(clock.now(), data.at("15:08"))
        demo_clock.end_play()
        self.assertEqual(self.move(key, **wanted), 403)

    def test_it_runs_to_an_instant_and_stops_there(self) -> None:
        key = demo_clock.new_play_key()
        until = "2026-11-19T15:00:00.001+08:00"
        self.assertEqual(self.move(key, moment="2026-11-19T15:00:00+08:00", rate="100000", until=until), 204)
        self.assertLessEqual(clock.now(), data.at("15:00") + timedelta(milliseconds=1))
        self.assertEqual(clock.rate(), 100_000)

    def test_what_is_no_instant_is_refused(self) -> None:
        key = demo_clock.new_play_key()
        for wrong in ("", "soon", "2026-11-19T15:00:00"):
            self.assertEqual(self.move(key, moment=wrong, rate="0"), 400)
        self.assertEqual(self.move(key, moment="2026-11-19T15:00:00+08:00", rate="-1"), 400)

    def test_it_never_goes_behind_the_record(self) -> None:
        key = demo_clock.new_play_key()
        self.assertEqual(self.move(key, moment="2026-11-19T14:29:59+08:00", rate="0"), 409)
        with self.assertRaises(Refused):
            demo_clock.step(data.at("14:29"))

    def test_a_server_begins_with_the_script_and_goes_on_where_it_was(self) -> None:
        demo_clock.resume()
        self.assertGreaterEqual(clock.now(), data.at("14:30"))
        self.assertLess(clock.now(), data.at("14:31"))
        self.assertEqual(clock.rate(), 1)
        demo_clock.step(data.at("15:08"), rate=1)
        before = clock.now()
        clock.step(data.at("14:30"))
        demo_clock.resume()
        self.assertGreaterEqual(clock.now(), before)
        (self.folder / "hall_clock.json").write_text("torn")
        demo_clock.resume()
        self.assertGreaterEqual(clock.now(), data.at("14:30"))

    def test_the_kept_moment_is_ahead_of_a_running_clock_and_exact_for_one_that_stands(self) -> None:
        demo_clock.step(data.at("15:08"))
        self.assertEqual(self.kept(), data.at("15:08").isoformat())
        demo_clock.step(data.at("15:08"), rate=2)
        self.assertGreaterEqual(self.kept(), (data.at("15:08") + timedelta(seconds=19)).isoformat())

    def kept(self) -> str:
        moment: str = json.loads((self.folder / "hall_clock.json").read_text())["moment"]
        return data.datetime.fromisoformat(moment).astimezone(data.at("15:08").tzinfo).isoformat()

"""Pictures: rendered once, shared by sockets and pages that poll."""

from __future__ import annotations

import json
import threading
from uuid import uuid4

from django.test import SimpleTestCase

from sessions.live.pictures import PHONE, WALL, Pictures

from .stage import Screens


class Polling(SimpleTestCase):
    def setUp(self) -> None:
        self.screens = Screens()
        self.pictures = Pictures(self.screens)
        self.stream = uuid4()

    def _seat_frame(self, seat: object, have: int | None) -> dict[str, object] | None:
        found = self.pictures.seat_frame(self.stream, seat, "", "en", have)  # type: ignore[arg-type]
        return None if found is None else json.loads(found)

    def test_a_page_that_shows_it_gets_nothing(self) -> None:
        full = self.pictures.frame(self.stream, WALL, "en", None)
        assert full is not None
        self.assertEqual((json.loads(full)["rev"], json.loads(full)["base"]), (1, 0))
        self.assertIsNone(self.pictures.frame(self.stream, WALL, "en", 1))
        self.screens.commit(turnout=1)
        self.assertIsNotNone(self.pictures.frame(self.stream, WALL, "en", 1))
        self.assertIsNotNone(self.pictures.frame(self.stream, WALL, "en", 99))  # a page from the future: start anew

    def test_a_phone_that_polls_gets_its_personal_part_with_every_revision(self) -> None:
        seat = uuid4()
        self.assertIsNone(self._seat_frame(seat, 1))
        self.screens.marks = {seat: "your turn"}
        self.screens.commit(turnout=1)
        self.assertEqual(self._seat_frame(seat, 1), {"rev": 2, "base": 1, "parts": {}, "me": "<p id=me>your turn </p>"})

    def test_a_phone_that_polls_gets_its_ballot(self) -> None:
        seat = uuid4()
        self.screens.balloting, self.screens.vote = {seat}, "1-1"
        self.screens.commit()
        mine, another = self._seat_frame(seat, 1), self._seat_frame(uuid4(), 1)
        assert mine is not None
        assert another is not None
        self.assertIn("ballot", mine["parts"])  # type: ignore[arg-type]
        self.assertNotIn("ballot", another["parts"])  # type: ignore[arg-type]

    def test_many_threads_are_one_render(self) -> None:
        start = threading.Barrier(8)

        def look() -> None:
            start.wait()
            self.pictures.picture(self.stream, PHONE, "en")

        threads = [threading.Thread(target=look) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.screens.renders, {(PHONE, "en"): 1})

    def test_what_is_kept_is_bounded(self) -> None:
        pictures = Pictures(self.screens, most=10)
        for _ in range(30):
            pictures.frame(uuid4(), WALL, "en", None)
            pictures.sorting(uuid4())
        self.assertEqual((len(pictures._held), len(pictures._sortings), len(pictures._rendering)), (10, 10, 10))

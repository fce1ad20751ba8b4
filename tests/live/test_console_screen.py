"""The console: the next sensible step in every state, everything within reach, nothing that is not known yet."""

from __future__ import annotations

from unittest import mock
from urllib.parse import parse_qsl

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from sessions.halls.models import Role
from sessions.live.screens import console
from sessions.meetings import reads
from sessions.meetings.models import Meeting, SpeakRequest
from tests import build
from voting.reads import ballot_holders, open_vote

from . import markup

MOTION = "同意引进物业，试服务一年。"


class Console(build.HallClockTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hall = build.hall()
        self.chair = build.staff(Role.Kind.FACILITATOR, self.hall)

    # --- looking -----------------------------------------------------------------------------------------------
    def parts(self, meeting: Meeting, language: str = "en") -> dict[str, str]:
        with override(language):
            return dict(console.parts(meeting.stream_id))

    def panel(self, meeting: Meeting, **query: str) -> str:
        with override("en"):
            return console.panel(meeting.stream_id, query)

    def page(self, meeting: Meeting, **query: str) -> str:
        """The whole page as the view puts it together."""
        with override("en"):
            parts = {name: mark_safe(html) for name, html in console.parts(meeting.stream_id).items()}
            more = {name: mark_safe(html) for name, html in console.page(meeting.stream_id, query).items()}
            context = {"parts": parts, "meeting": reads.meeting_view(build.fresh(meeting)), "live": {}} | more
            return render_to_string("live/console/page.html", context)

    def assertSound(self, meeting: Meeting) -> None:  # noqa: N802
        """In both languages each part is one whole element of its name, whose forms send acts that are declared."""
        for language in ("zh-hans", "en"):
            for name, html in self.parts(meeting, language).items():
                with self.subTest(part=name, language=language):
                    self.assertEqual(markup.faults(html), [])
                    self.assertEqual(list(markup.act_faults(html, live=True)), [])
                    self.assertEqual([one.get("id") for one in markup.read(html)], [name])
        everything = self.page(meeting)
        pressed = [key for key in markup.keys(everything) if key]
        self.assertEqual(sorted(set(pressed)), sorted(pressed))  # a key presses one thing
        self.assertEqual(markup.faults(everything.replace("<!DOCTYPE html>", "")), [])
        self.assertLessEqual(len(markup.find(everything, class_="step")), 1)

    # --- doing -------------------------------------------------------------------------------------------------
    def press(self, meeting: Meeting) -> str:
        """Press the red button, through the page that asks if there is one; returns the act."""
        self.assertSound(meeting)
        (step,) = markup.find(self.parts(meeting)["now"], class_="step")
        asked = False
        html = self.parts(meeting)["now"]
        if step.tag == "a":
            self.assertTrue(step.get("href").startswith("?ask="), step.get("href"))
            html, asked = self.panel(meeting, **dict(parse_qsl(step.get("href")[1:]))), True
            self.assertEqual(markup.faults(html), [])
            self.assertEqual(list(markup.act_faults(html, live=False)), [])
            (step,) = markup.find(html, class_="step")
        (form,) = [
            form
            for form in markup.forms(html)
            if form.xpath('.//*[contains(@class, "step")]') or (step.get("form") and form.get("id") == step.get("form"))
        ]
        act = form.xpath('.//input[@name="act"]/@value')[0]
        build.ok(act, self.chair, meeting, **markup.sent(form))
        return f"{act} after asking" if asked else str(act)

    def motion(self, meeting: Meeting, no: str = "1-1", preset: str = "owners_ordinary") -> None:
        build.ok("motion.add", self.chair, meeting, item=int(no[0]), no=no, text=MOTION, preset=preset)

    def cast(self, meeting: Meeting, name: str, choice: str) -> None:
        seat = build.seat(meeting, name)
        vote = open_vote(meeting)
        assert vote is not None
        no = ballot_holders(vote)[seat.pk][0]
        build.ok("vote.cast", build.by_link(seat), meeting, vote=vote.motion.no, mandate=no, choice=choice, base=0)


class Steps(Console):
    def test_the_red_button_leads_through_the_whole_meeting(self) -> None:
        meeting = build.meeting(self.hall, state="convened")
        self.motion(meeting)
        self.assertEqual(self.press(meeting), "meeting.open_check_in")
        people = {name: build.seated(build.seat(meeting, name)) for name in ("张秀英", "李国庆", "韩建国", "夏玉珍")}
        build.at_desk(meeting, "陈玉梅")
        for expected in ("meeting.begin", "meeting.quorum", "item.start"):
            self.assertEqual(self.press(meeting), expected)
        for name in ("张秀英", "李国庆"):
            build.ok("floor.request", people[name], meeting, kind="question")
        for expected in ("floor.call", "floor.call", "floor.end", "motion.show", "vote.open"):
            self.assertEqual(self.press(meeting), expected)
        for name in people:
            self.cast(meeting, name, "for")
        self.assertEqual(self.press(meeting), "vote.close after asking")  # 陈玉梅 has not voted
        self.assertEqual(self.press(meeting), "vote.reveal")
        for expected in ("item.start", "item.end", "meeting.close after asking"):
            self.assertEqual(self.press(meeting), expected)
        self.assertSound(meeting)
        (step,) = markup.find(self.parts(meeting)["now"], class_="step")
        self.assertEqual(step.get("href"), "../documents/")
        self.assertEqual([form for html in self.parts(meeting).values() for form in markup.forms(html)], [])

    def test_the_end_of_a_vote_asks_only_while_someone_here_is_missing(self) -> None:
        meeting = build.meeting(self.hall)
        people = [build.seated(build.seat(meeting, name)) for name in ("张秀英", "李国庆")]
        self.motion(meeting)
        build.ok("vote.open", self.chair, meeting, motion="1-1")
        self.cast(meeting, "张秀英", "for")
        self.assertIn("1 person here has not voted yet", markup.words(self.parts(meeting)["now"]))
        build.ok("presence.leave_myself", people[0], meeting)  # who has voted and left makes nobody else less missing
        self.assertIn("1 person here has not voted yet", markup.words(self.parts(meeting)["now"]))
        self.assertIn("1 person here has not voted yet. End", markup.words(self.panel(meeting, ask="close-vote")))
        self.cast(meeting, "李国庆", "against")
        self.assertEqual(self.press(meeting), "vote.close")
        self.assertEqual(self.panel(meeting, ask="close-vote"), "")  # too late to ask

    def test_a_vote_without_any_ballot_is_never_ended_by_one_press(self) -> None:
        meeting = build.meeting(self.hall)
        self.motion(meeting)
        build.ok("vote.open", self.chair, meeting, motion="1-1")
        self.assertEqual(self.press(meeting), "vote.close after asking")

    def test_a_second_motion_of_the_item_comes_before_the_next_item(self) -> None:
        meeting = build.meeting(self.hall)
        build.seated(build.seat(meeting, "张秀英"))
        self.motion(meeting)
        self.motion(meeting, "1-2", "hall_vote")
        for expected in ("motion.show", "vote.open"):
            self.assertEqual(self.press(meeting), expected)
        self.cast(meeting, "张秀英", "for")
        for expected in ("vote.close", "vote.reveal", "motion.show"):
            self.assertEqual(self.press(meeting), expected)
        self.assertIn("Open the vote", markup.words(self.parts(meeting)["now"]))
        self.assertIn("Motion 1-1 No quorum Motion 1-2 to be voted on", markup.words(self.parts(meeting)["agenda"]))

    def test_items_may_be_opened_out_of_turn_but_not_over_a_vote(self) -> None:
        meeting = build.meeting(self.hall)
        (form,) = markup.forms(self.parts(meeting)["agenda"])
        self.assertEqual(markup.sent(form), {"item": "2"})
        self.motion(meeting)
        build.ok("vote.open", self.chair, meeting, motion="1-1")
        self.assertEqual(markup.forms(self.parts(meeting)["agenda"]), [])

    def test_the_meeting_may_be_closed_early_and_the_word_must_be_typed(self) -> None:
        meeting = build.meeting(self.hall, item=0)
        hrefs = [one.get("href") for one in markup.find(self.parts(meeting)["now"], "a")]
        self.assertIn("?ask=close-meeting", hrefs)
        html = self.panel(meeting, ask="close-meeting")
        self.assertIn("Not all items have been taken", markup.words(html))
        (word,) = markup.find(html, "input", name="word")
        self.assertIsNotNone(word.get("required"))
        self.assertEqual(word.get("pattern"), r"\s*close\s*")

    def test_what_is_asked_in_vain_leads_back(self) -> None:
        meeting = build.meeting(self.hall)
        for query in ({}, {"ask": "x"}, {"ask": "hide", "remark": "7"}, {"ask": "hide"}, {"ask": "close-vote"}):
            self.assertEqual(self.panel(meeting, **query), "")

    def test_all_pages_that_ask_are_sound(self) -> None:
        meeting = build.meeting(self.hall)
        xia = build.seated(build.seat(meeting, "夏玉珍"))
        build.ok("floor.request", xia, meeting, kind="debate", stance="for")
        build.ok("remark.post", xia, meeting, kind="comment", text="<b>好</b>", signed=True)
        for ask in ("hide", "remarks", "queue", "motion", "keys", "close-meeting"):
            html = self.panel(meeting, ask=ask, remark="1")
            self.assertEqual(markup.faults(html), [], ask)
            self.assertTrue(html.startswith('<section id="ask"'), ask)
            self.assertEqual(list(markup.act_faults(html, live=False, typed={"text": MOTION})), [], ask)
            ids = markup.read(html).xpath('//input[@name="act_id"]/@value')
            self.assertEqual(len(set(ids)), len(markup.forms(html)), ask)  # each press has an id of its own

    def test_a_motion_is_added_with_the_next_free_number(self) -> None:
        meeting = build.meeting(self.hall)
        self.motion(meeting)
        (form,) = markup.forms(self.panel(meeting, ask="motion"))
        fields = markup.sent(form, text="第二件事。", preset="hall_vote")
        self.assertEqual((fields["item"], fields["no"]), ("1", "1-2"))
        build.ok("motion.add", self.chair, meeting, **fields)
        with override("en"):
            typed = console.panel(meeting.stream_id, {"ask": "motion"}, typed={"text": "写到一半", "no": "1-9"})
        self.assertIn(">写到一半</textarea>", typed)  # what was typed survives an error


class Floor(Console):
    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting(self.hall)
        self.at("15:08:00")
        self.zhang = build.seated(build.seat(self.meeting, "张秀英"))
        li = build.at_desk(self.meeting, "李国庆")
        build.ok("floor.request", self.zhang, self.meeting, kind="debate", stance="against")
        build.ok(
            "floor.request_for", self.chair, self.meeting, seat=str(li.pk), kind="question", stance="", channel="desk"
        )

    def test_the_queue_names_people_in_full_with_their_door_and_way(self) -> None:
        told = markup.words(self.parts(self.meeting)["queue"])
        self.assertIn("2 people · list open", told)
        self.assertIn("1 张秀英 Debate · Against", told)
        self.assertIn("1-1-101 · since 15:08", told)
        self.assertIn("1-1-102 · entered at the desk", told)

    def test_anyone_may_be_called_and_the_press_says_whom_it_saw(self) -> None:
        second = markup.forms(self.parts(self.meeting)["queue"], "floor.call")[1]
        self.assertEqual(markup.sent(second), {"request": "2", "seen": "0"})
        build.ok("floor.call", self.chair, self.meeting, **markup.sent(second))
        now = self.parts(self.meeting)["now"]
        self.assertIn("1-1-102 李国庆", markup.words(now))
        self.assertEqual(markup.sent(markup.forms(now, "floor.call")[0]), {"request": "1", "seen": "2"})
        self.assertEqual(build.do("floor.call", self.chair, self.meeting, request=1, seen=0).code, "floor.moved")
        self.assertEqual(markup.sent(markup.forms(now, "floor.end")[0]), {"speech": "2"})

    def test_a_speech_can_be_extended_twice(self) -> None:
        build.ok("floor.call", self.chair, self.meeting)
        for _ in range(2):
            (form,) = markup.forms(self.parts(self.meeting)["now"], "floor.extend")
            build.ok("floor.extend", self.chair, self.meeting, **markup.sent(form))
        self.assertEqual(markup.forms(self.parts(self.meeting)["now"], "floor.extend"), [])

    def test_the_list_is_closed_opened_and_shortened(self) -> None:
        for act, other in (("floor.close_list", "floor.open_list"), ("floor.open_list", "floor.close_list")):
            (form,) = markup.forms(self.parts(self.meeting)["queue"], act)
            self.assertEqual(markup.forms(self.parts(self.meeting)["queue"], other), [])
            build.ok(act, self.chair, self.meeting, **markup.sent(form))
        form = markup.forms(self.panel(self.meeting, ask="queue"), "floor.withdraw")[0]
        build.ok("floor.withdraw", self.chair, self.meeting, **markup.sent(form))
        self.assertNotIn("张秀英", markup.words(self.parts(self.meeting)["queue"]))

    def test_a_long_queue_is_cut_and_says_so(self) -> None:
        for n in range(12):
            guest = build.guest(self.meeting, f"来宾{n}", phone=f"phone-of-a-guest-{n}")
            build.ok("floor.request", guest, self.meeting, kind="question")
        queue = self.parts(self.meeting)["queue"]
        self.assertEqual(len(markup.forms(queue, "floor.call")), console.WAITING_SHOWN)
        self.assertIn("6 more", markup.words(queue))
        self.assertLess(len(queue.encode()), 8000)
        self.assertEqual(len(markup.forms(self.panel(self.meeting, ask="queue"), "floor.call")), 14)

    def test_nothing_changes_while_only_time_passes(self) -> None:
        build.ok("floor.call", self.chair, self.meeting)
        for language in ("zh-hans", "en"):
            before = self.parts(self.meeting, language)
            self.later(95)
            self.assertEqual(self.parts(self.meeting, language), before)
        (clock,) = markup.find(before["now"], data_clock_limit="")
        self.assertEqual(clock.get("data-clock-limit"), "120")

    def test_who_speaks_for_the_first_time_is_marked(self) -> None:
        self.assertEqual(self.parts(self.meeting)["queue"].count(">first<"), 2)
        build.ok("floor.call", self.chair, self.meeting)
        build.ok("floor.end", self.chair, self.meeting)
        build.ok("floor.request", self.zhang, self.meeting, kind="question")
        self.assertEqual(self.parts(self.meeting)["queue"].count(">first<"), 1)
        self.assertIn("Heard so far: For 0 · Against 1", markup.words(self.parts(self.meeting)["queue"]))
        self.assertEqual(SpeakRequest.objects.filter(meeting=self.meeting).count(), 3)


class Remarks(Console):
    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting(self.hall)
        xia = build.seated(build.seat(self.meeting, "夏玉珍"))
        build.ok("remark.post", xia, self.meeting, kind="question", text="<script>钱去哪了</script>", signed=False)

    def do(self, act: str, html: str, press: int = 0, **typed: str) -> None:
        (form,) = markup.forms(html, act)
        build.ok(act, self.chair, self.meeting, **markup.sent(form, press, **typed))

    def test_a_remark_is_read_shown_put_on_the_wall_and_taken_off(self) -> None:
        held = self.parts(self.meeting)["remarks"]
        self.assertIn("1 new", markup.words(held))
        self.assertIn("<script>钱去哪了</script> 2-1-101 夏玉珍 · Question · unsigned", markup.words(held))
        self.assertNotIn("<script>", held)
        self.assertEqual(markup.forms(held, "remark.put_on_wall"), [])  # nothing unread gets there
        self.do("remark.show", held)
        self.do("remark.put_on_wall", self.parts(self.meeting)["remarks"])
        self.assertIn("on the wall", markup.words(self.parts(self.meeting)["remarks"]))
        self.assertIn("Remark of", markup.words(self.parts(self.meeting)["mirror"]))
        self.do("remark.clear_wall", self.parts(self.meeting)["remarks"])
        self.assertNotIn("on the wall", markup.words(self.parts(self.meeting)["remarks"]))

    def test_a_remark_is_hidden_with_a_reason_and_may_come_back(self) -> None:
        html = self.panel(self.meeting, ask="hide", remark="1")
        reasons = [one.get("value") for one in markup.find(html, "button", name="reason")]
        self.assertEqual(reasons, ["motive", "personal", "unverified", "off_topic", "repeated", "other"])
        self.do("remark.hide", html, 3)
        self.assertIn("0 new, 0 shown, 1 hidden", markup.words(self.parts(self.meeting)["remarks"]))
        self.assertNotIn("钱去哪了", self.parts(self.meeting)["remarks"])
        every = self.panel(self.meeting, ask="remarks")
        self.assertIn("It is not about this item", markup.words(every))
        self.do("remark.show", every)
        self.assertIn("钱去哪了", self.parts(self.meeting)["remarks"])


class Secrets(Console):
    def test_no_sum_of_choices_before_the_reveal(self) -> None:
        meeting = build.meeting(self.hall)
        for name in ("张秀英", "李国庆", "韩建国"):
            build.seated(build.seat(meeting, name))
        self.motion(meeting)
        build.ok("vote.open", self.chair, meeting, motion="1-1")
        for act in ("", "vote.close"):
            if act:
                self.cast(meeting, "李国庆", "against")
                build.ok(act, self.chair, meeting, vote="1-1")
            else:
                self.cast(meeting, "张秀英", "for")
            for html in self.parts(meeting).values():
                for word in ("Against", "Abstain", "Passed", "Not passed", "No quorum"):
                    self.assertNotIn(word, markup.words(html))
        self.assertIn("2 ballots received", markup.words(self.parts(meeting)["now"]))
        build.ok("vote.reveal", self.chair, meeting, vote="1-1")
        now = markup.words(self.parts(meeting)["now"])
        self.assertIn("No quorum", now)
        self.assertIn("For 1 Against 1 Abstain 0", now)


class Mirror(Console):
    def test_it_says_what_the_wall_shows_and_what_comes(self) -> None:
        meeting = build.meeting(self.hall)
        self.motion(meeting)
        told = markup.words(self.parts(meeting)["mirror"])
        self.assertIn("The wall shows Item 1 · 引进物业服务与收费标准", told)
        self.assertIn("After the red button Motion 1-1, in full", told)

    def test_a_wall_set_by_hand_stays_and_is_said_to(self) -> None:
        meeting = build.meeting(self.hall)
        self.motion(meeting)
        stays = "as now"
        for view, shows, after in (
            ("black", "Black", stays),
            ("join", "Waiting, with the large QR code", stays),
            ("item", "Item 1", "Motion 1-1, in full"),  # what is put to the hall takes the wall
        ):
            build.ok("wall.show", self.chair, meeting, view=view)
            told = markup.words(self.parts(meeting)["mirror"])
            self.assertIn(f"The wall shows {shows}", told)
            self.assertIn("set by hand", told)
            self.assertIn(f"After the red button {after}", told)
        build.ok("motion.show", self.chair, meeting, motion="1-1")
        self.assertIn("After the red button The vote is open", markup.words(self.parts(meeting)["mirror"]))

    def test_a_remark_gives_way_to_what_is_put_to_the_hall(self) -> None:
        meeting = build.meeting(self.hall)
        self.motion(meeting)
        resident = build.seated(build.seat(meeting, "夏玉珍"))
        build.ok("remark.post", resident, meeting, kind="comment", text="先公示再收钱")
        build.ok("remark.show", self.chair, meeting, remark=1)
        steps = (("motion.show", {"motion": "1-1"}), ("vote.reveal", {"vote": "1-1"}))
        for act, fields in steps:
            build.ok("remark.put_on_wall", self.chair, meeting, remark=1)
            self.assertIn("先公示再收钱", markup.words(self.parts(meeting)["mirror"]))
            if act == "vote.reveal":
                build.ok("vote.open", self.chair, meeting, motion="1-1")
                build.ok("vote.close", self.chair, meeting, vote="1-1")
            build.ok(act, self.chair, meeting, **fields)
            self.assertNotIn("先公示再收钱", markup.words(self.parts(meeting)["mirror"]))

    def test_every_view_of_the_wall_has_its_key(self) -> None:
        page = self.page(build.meeting(self.hall))
        views = [markup.sent(form)["view"] for form in markup.forms(page, "wall.show")]
        self.assertEqual(views, ["auto", "join", "item", "motion", "result", "black"])


class Sizes(Console):
    def test_parts_stay_small_in_a_hall_of_sixty(self) -> None:
        flats = tuple(
            ((str(n // 20 + 1), "1", f"{n % 20 + 1}01"), 80_00, f"业主{n:02d}", (f"业主{n:02d}",)) for n in range(60)
        )
        with mock.patch.object(build, "FLATS", flats):
            meeting = build.meeting(build.hall(estate="大小区"))
        for n in range(30):
            seat = build.seated(build.seat(meeting, f"业主{n:02d}"))
            build.ok("floor.request", seat, meeting, kind="debate", stance="for")
            build.ok("remark.post", seat, meeting, kind="comment", text="长" * 200, signed=True)
        sizes = {name: len(html.encode()) for name, html in self.parts(meeting, "zh-hans").items()}
        self.assertLess(sizes.pop("queue"), 8_000)
        self.assertLess(sizes.pop("remarks"), 12_000)
        self.assertLess(max(sizes.values()), 4_000, sizes)

"""The desk: every door and who is there; one person, and everything that is entered for them by form alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl
from uuid import uuid4

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from sessions.halls.access import digits_of, seat_by_digits
from sessions.halls.models import Role, Seat
from sessions.live.screens import desk
from sessions.meetings import reads
from sessions.meetings.models import Meeting, Presence, Proxy, Remark, SpeakRequest
from tests import build
from voting.models import Ballot
from voting.reads import ballot_holders, open_vote

from . import markup


class Desk(build.HallClockTestCase):
    state = "sitting"

    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting(state=self.state)
        self.helper = build.staff(Role.Kind.DESK, self.meeting)
        self.chair = build.staff(Role.Kind.FACILITATOR, self.meeting)

    # --- looking -----------------------------------------------------------------------------------------------
    def parts(self, language: str = "en") -> dict[str, str]:
        with override(language):
            return dict(desk.parts(self.meeting.stream_id))

    def row(self, name: str) -> str:
        return self.parts()[f"row-{self.seat(name).household_id}"]

    def doors(self, **query: str) -> str:
        with override("en"):
            return desk.doors(self.meeting.stream_id, query)

    def names(self, **query: str) -> list[str]:
        """The names in the list of doors, in order."""
        html = self.doors(**query)
        return [
            str(one.text).strip() for one in markup.find(html, "span", class_="name") if str(one.text or "").strip()
        ]

    def panel(self, name: str | Seat, **query: Any) -> str:
        seat = name if isinstance(name, Seat) else self.seat(name)
        with override("en"):
            html = desk.panel(self.meeting.stream_id, str(seat.pk), query, helper="秦朗")
        self.assertEqual(markup.faults(html), [])
        typed = {"text": "停车的钱去哪了", "holder": str(seat.pk), "principal": str(seat.pk)}
        self.assertEqual(list(markup.act_faults(html, live=False, typed=typed)), [])
        ids = markup.read(html).xpath('//input[@name="act_id"]/@value')
        self.assertEqual(len(set(ids)), len(markup.forms(html)))  # each press has an id of its own
        for back in markup.read(html).xpath('//input[@name="next"]/@value'):
            self.assertTrue(back.startswith(f"desk?seat={seat.pk}"), back)
        return html

    def acts(self, name: str | Seat, **query: str) -> list[str]:
        """The acts the panel offers."""
        return [form.xpath('.//input[@name="act"]/@value')[0] for form in markup.forms(self.panel(name, **query))]

    def ways(self, html: str) -> list[str]:
        """What the panel's links lead to."""
        links = [dict(parse_qsl(one.get("href")[1:])) for one in markup.find(html, "a")]
        return [link["do"] for link in links if "do" in link]

    def seat(self, name: str) -> Seat:
        return build.seat(self.meeting, name)

    # --- doing -------------------------------------------------------------------------------------------------
    def do(self, html: str, act: str, which: int = 0, **typed: str) -> Mapping[str, Any]:
        """Send a form of the panel as the desk helper."""
        form = markup.forms(html, act)[which]
        return build.ok(act, self.helper, self.meeting, **markup.sent(form, **typed))

    def open_vote(self, preset: str = "owners_ordinary") -> None:
        build.ok("motion.add", self.chair, self.meeting, item=1, no="1-1", text="同意引进物业。", preset=preset)
        build.ok("vote.open", self.chair, self.meeting, motion="1-1")

    def mandate(self, name: str) -> int:
        vote = open_vote(self.meeting)
        assert vote is not None
        return ballot_holders(vote)[self.seat(name).pk][0]


class Doors(Desk):
    def test_each_door_is_a_part_of_its_own(self) -> None:
        for language in ("zh-hans", "en"):
            parts = self.parts(language)
            self.assertEqual(len(parts), 2 + len(build.FLATS))
            for name, html in parts.items():
                self.assertEqual(markup.faults(html), [], name)
                self.assertEqual([one.get("id") for one in markup.read(html)], [name])
                self.assertEqual(markup.forms(html), [])
                self.assertLess(len(html.encode()), 900, html)
        self.assertNotEqual(self.parts("zh-hans"), self.parts("en"))  # not mixed up in memory

    def test_an_arrival_changes_its_own_door_and_the_counts(self) -> None:
        before = self.parts()
        build.at_desk(self.meeting, "林小雨", "tablet")
        after = self.parts()
        changed = {name for name in before if before[name] != after[name]}
        self.assertEqual(changed, {"counts", f"row-{self.seat('林小雨').household_id}"})
        self.assertIn("1-2-101 林小雨 resident Tablet", markup.words(self.row("林小雨")))
        self.assertIn("Here 1/8 households By phone 0 Tablet 1 Desk 0", markup.words(after["counts"]))
        self.later(600)
        self.assertEqual(self.parts(), after)

    def test_every_state_of_a_door_has_its_word(self) -> None:
        build.seated(self.seat("夏玉珍"))
        build.at_desk(self.meeting, "李国庆")
        build.at_desk(self.meeting, "唐丽")
        build.ok("presence.leave", self.helper, self.meeting, seat=str(self.seat("唐丽").pk))
        sun, xia = self.seat("孙晓燕"), self.seat("夏玉珍")
        build.ok("proxy.register", self.helper, self.meeting, principal=str(sun.pk), holder=str(xia.pk))
        words = {"夏玉珍": "Phone", "李国庆": "Desk", "唐丽": "Left", "孙晓燕": "By proxy", "张秀英": "Not here yet"}
        for name, word in words.items():
            (badge,) = markup.find(self.row(name), "span", class_="badge")
            self.assertEqual("".join(badge.itertext()), word)
        self.assertIn("owner · → 2-1-101 夏玉珍", markup.words(self.row("孙晓燕")))

    def test_search_and_filters(self) -> None:
        build.at_desk(self.meeting, "李国庆")
        build.guest(self.meeting, "王记者")
        self.assertEqual(self.names(q="1-2"), ["林小雨", "陈玉梅", "赵大勇"])
        self.assertEqual(self.names(q="玉"), ["陈玉梅", "赵大勇", "夏玉珍"])
        self.assertEqual(self.names(show="here"), ["李国庆"])
        self.assertEqual(len(self.names(show="away")), 8)
        self.assertEqual(self.names(q="雷"), ["雷宏"])
        self.assertEqual(self.names(show="others"), ["雷宏", "龚建业", "Add someone in attendance", "王记者"])
        self.assertIn("Nothing found", markup.words(self.doors(q="9-9-999")))
        self.assertNotIn("Still to vote", markup.words(self.doors()))
        for query in ({}, {"q": '"><script>'}, {"show": "others"}, {"show": "x"}):
            self.assertEqual(markup.faults(self.doors(**query)), [])
        self.assertNotIn("<script>", self.doors(q='"><script>'))

    def test_who_is_here_and_has_not_voted_is_one_tap_away(self) -> None:
        for name in ("李国庆", "张秀英", "唐丽"):  # 唐丽 rents: no ballot of the owners
            build.at_desk(self.meeting, name)
        self.open_vote()
        self.assertIn("Still to vote", markup.words(self.doors()))
        self.assertEqual(self.names(show="unvoted"), ["张秀英", "李国庆"])
        no = self.mandate("张秀英")
        build.ok(
            "vote.cast_for", self.helper, self.meeting, vote="1-1", mandate=no, choice="for", base=0, channel="desk"
        )
        self.assertEqual(self.names(show="unvoted"), ["李国庆"])

    def test_the_chosen_one_is_marked_in_the_list_and_not_in_the_part(self) -> None:
        seat = self.seat("夏玉珍")
        (marked,) = markup.find(self.doors(seat=str(seat.pk)), "a", aria_current="true")
        self.assertEqual(marked.get("href"), f"?seat={seat.pk}")
        self.assertNotIn("aria-current", self.row("夏玉珍"))

    def test_the_page_is_sound_with_and_without_a_person(self) -> None:
        for query in ({}, {"seat": str(self.seat("夏玉珍").pk)}, {"add": "1"}, {"seat": "x"}):
            with override("en"):
                made = desk.page(self.meeting.stream_id, query)
                context: dict[str, Any] = {name: mark_safe(html) for name, html in made.items()}
                context |= {"parts": {"counts": mark_safe(self.parts()["counts"])}, "live": {}}
                page = render_to_string("live/desk/page.html", context | {"meeting": reads.meeting_view(self.meeting)})
            self.assertEqual(markup.faults(page.replace("<!DOCTYPE html>", "")), [])

    def test_a_door_weighs_little_and_costs_no_query(self) -> None:
        flats = tuple(((str(n), "1", "101"), 80_00, f"业主{n:02d}", (f"业主{n:02d}",)) for n in range(1, 61))
        with mock.patch.object(build, "FLATS", flats):
            large = build.meeting(build.hall(estate="大小区"))
        with override("zh-hans"):
            sizes = [len(html.encode()) for name, html in desk.parts(large.stream_id).items() if "row-" in name]
        self.assertEqual(len(sizes), 60)
        self.assertLess(max(sizes), 500)
        with self.assertNumQueries(13):  # however many doors
            desk.parts(large.stream_id)


class Coming(Desk):
    state = "check_in"

    def test_in_out_and_back(self) -> None:
        self.do(self.panel("林小雨"), "presence.arrive_for")
        self.assertEqual(Presence.objects.get().channel, "desk")
        self.assertNotIn("presence.arrive_for", self.acts("林小雨"))
        self.do(self.panel("林小雨"), "presence.leave")
        self.assertIn("Left", markup.words(self.panel("林小雨")))
        self.do(self.panel("林小雨"), "presence.come_back")
        self.assertIsNone(Presence.objects.get().left_at)

    def test_with_the_tablet_what_is_entered_later_is_by_tablet_too(self) -> None:
        self.do(self.panel("林小雨"), "presence.arrive_for", 1)
        self.assertEqual(Presence.objects.get().channel, "tablet")
        self.do(self.panel("林小雨", do="remark"), "remark.post_for", text="停车的钱去哪了")
        self.assertEqual(Remark.objects.get().channel, "tablet")

    def test_a_proxy_is_given_by_the_absent_and_ends_when_they_come(self) -> None:
        build.at_desk(self.meeting, "夏玉珍")
        html = self.panel("孙晓燕", do="proxy")
        offered = [one.text for one in markup.find(html, "option") if one.get("value")]
        self.assertEqual(offered, ["2-1-101 夏玉珍"])  # only who is in the hall
        self.assertIsNotNone(markup.find(html, "input", name="paper")[0].get("required"))
        self.do(html, "proxy.register", holder=str(self.seat("夏玉珍").pk))
        self.assertIn("Holds a proxy of 2-1-102 孙晓燕", markup.words(self.panel("夏玉珍")))
        self.do(self.panel("孙晓燕"), "proxy.cancel")
        self.assertTrue(Proxy.objects.get().cancelled)

    def test_a_proxy_is_also_entered_from_its_holder(self) -> None:
        build.at_desk(self.meeting, "唐丽")
        build.at_desk(self.meeting, "夏玉珍")
        html = self.panel("唐丽", do="proxy")
        offered = [one.text for one in markup.find(html, "option") if one.get("value")]
        self.assertIn("2-1-102 孙晓燕", offered)
        self.assertNotIn("2-1-101 夏玉珍", offered)  # is here
        self.assertNotIn("1-2-101 林小雨", offered)  # owns nothing
        self.do(html, "proxy.register", principal=str(self.seat("孙晓燕").pk))
        self.assertEqual(Proxy.objects.get().holder_id, self.seat("唐丽").pk)

    def test_those_in_attendance_come_ask_and_never_vote(self) -> None:
        with override("en"):
            html = desk.panel(self.meeting.stream_id, "", {"add": "1"})
        (form,) = markup.forms(html, "seat.add_official")
        build.ok("seat.add_official", self.helper, self.meeting, **markup.sent(form, name="雷小军", office="城管中队"))
        self.assertIn("雷小军", self.parts()["others"])
        self.do(self.panel("雷小军"), "presence.arrive_for")
        self.assertEqual(set(self.ways(self.panel("雷小军"))), {"remark", "slip"})  # no item runs, no proxy ever
        self.assertIn("雷小军 城管中队 Desk", markup.words(self.parts()["others"]))

    def test_a_slip_is_issued_anew_with_a_trace_and_shown_until_it_is_used(self) -> None:
        self.assertNotIn(
            "Eight digits", markup.words(self.panel("夏玉珍", do="slip"))
        )  # nobody's digits just like that
        self.do(self.panel("夏玉珍", do="slip"), "seat.reissue")
        xia = self.seat("夏玉珍")
        shown = markup.words(self.panel("夏玉珍", do="slip"))
        self.assertIn(digits_of(xia)[:4] + " " + digits_of(xia)[4:], shown)
        self.assertEqual(seat_by_digits(self.meeting.stream_id, digits_of(xia)).pk, xia.pk)
        build.seated(xia)
        self.assertNotIn("Eight digits", markup.words(self.panel("夏玉珍", do="slip")))
        self.assertIn("seat.reissued", build.kinds(self.meeting))

    def test_an_unknown_seat_or_one_of_another_meeting_gives_nothing(self) -> None:
        other = build.seat(build.meeting(build.hall("别的议事厅", "别的小区")), "夏玉珍")
        for seat in (str(uuid4()), "x", "", str(other.pk)):
            with override("en"):
                html = desk.panel(self.meeting.stream_id, seat, {"do": "slip"})
            self.assertIn("Please find a door", markup.words(html))
            self.assertNotIn("夏玉珍", html)
            self.assertEqual(markup.forms(html), [])


class Sitting(Desk):
    def test_speeches_by_standing(self) -> None:
        build.at_desk(self.meeting, "李国庆")
        build.at_desk(self.meeting, "雷宏")
        self.assertEqual(len(self.acts("李国庆", do="speak")), 4)  # ask, add, for, against
        self.assertEqual(len(self.acts("雷宏", do="speak")), 2)  # ask, answer
        self.assertEqual(self.ways(self.panel("张秀英")).count("speak"), 0)  # is not here
        self.do(self.panel("李国庆", do="speak"), "floor.request_for", 3)
        request = SpeakRequest.objects.get()
        self.assertEqual((request.kind, request.stance, request.channel), ("debate", "against", "desk"))
        self.assertIn("1 person is waiting, about 2 min.", markup.words(self.panel("雷宏", do="speak")))
        self.assertNotIn("speak", self.ways(self.panel("李国庆")))
        self.do(self.panel("李国庆"), "floor.withdraw")
        self.assertEqual(SpeakRequest.objects.get().state, "withdrawn")

    def test_a_closed_list_offers_no_speech(self) -> None:
        build.at_desk(self.meeting, "李国庆")
        build.ok("floor.close_list", self.chair, self.meeting)
        self.assertNotIn("speak", self.ways(self.panel("李国庆")))
        self.assertNotIn("floor.request_for", self.acts("李国庆", do="speak"))

    def test_a_remark_is_written_and_what_was_typed_survives(self) -> None:
        self.do(self.panel("张秀英", do="remark"), "remark.post_for", text="上次的事呢", kind="comment", signed="")
        remark = Remark.objects.get()
        self.assertEqual((remark.kind, remark.signed, remark.text), ("comment", False, "上次的事呢"))
        with override("en"):
            again = desk.panel(
                self.meeting.stream_id, str(self.seat("张秀英").pk), {"do": "remark"}, typed={"text": "写到一半<"}
            )
        self.assertIn(">写到一半&lt;</textarea>", again)

    def test_the_author_learns_at_the_desk_why_a_remark_is_hidden(self) -> None:
        zhang = build.seated(self.seat("张秀英"))
        build.ok("remark.post", zhang, self.meeting, kind="comment", text="某某拿了好处", signed=False)
        build.ok("remark.hide", self.chair, self.meeting, remark=1, reason="motive")
        told = markup.words(self.panel("张秀英"))
        self.assertIn("Comment: hidden, It questions someone's motives", told)
        self.assertNotIn("某某", told)  # the words themselves are the moderator's

    def test_after_the_close_nothing_is_entered(self) -> None:
        build.at_desk(self.meeting, "李国庆")
        build.ok("meeting.close", self.chair, self.meeting)
        for query in ({}, {"do": "speak"}, {"do": "remark"}, {"do": "slip"}, {"do": "proxy"}):
            self.assertEqual(self.acts("李国庆", **query), [])
        self.assertIn("The meeting is over", markup.words(self.panel("李国庆")))
        with override("en"):
            self.assertEqual(markup.forms(desk.panel(self.meeting.stream_id, "", {"add": "1"})), [])


class Voting(Desk):
    def vote(self, name: str, **more: str) -> str:
        return self.panel(name, do="vote", vote="1-1", **{"mandate": str(self.mandate(name))} | more)

    def choose(self, name: str, choice: str, html: str = "") -> str:
        """From the page that asks to the page that reads back, as the browser goes."""
        (form,) = [one for one in markup.find(html or self.vote(name), "form") if one.get("method") == "get"]
        fields = {one.get("name"): one.get("value") for one in form.iter("input")}
        self.assertEqual(fields.pop("seat"), str(self.seat(name).pk))
        return self.panel(name, **fields | {"choice": choice})

    def test_a_ballot_is_chosen_read_back_and_cast(self) -> None:
        build.at_desk(self.meeting, "李国庆", "tablet")
        self.open_vote()
        (link,) = markup.find(self.panel("李国庆"), "a", class_="btn-main")
        asked = self.panel("李国庆", **{k: v for k, v in parse_qsl(link.get("href")[1:]) if k != "seat"})
        self.assertIn("同意引进物业。", markup.words(asked))
        self.assertEqual(Ballot.objects.count(), 0)
        aloud = self.choose("李国庆", "against", asked)
        self.assertIn("“李国庆, on 引进物业服务与收费标准 your vote is: Against Is that right?”", markup.words(aloud))
        self.assertIn("entered by 秦朗", markup.words(aloud))
        self.do(aloud, "vote.cast_for")
        ballot = Ballot.objects.get()
        self.assertEqual((ballot.choice, ballot.channel, ballot.revision), ("against", "tablet", 1))
        self.assertIn("Motion 1-1: counted, Tablet", markup.words(self.panel("李国庆")))

    def test_the_desk_corrects_its_own_entry_by_the_same_channel(self) -> None:
        build.at_desk(self.meeting, "李国庆", "tablet")
        self.open_vote()
        self.do(self.choose("李国庆", "for"), "vote.cast_for")
        build.ok("presence.leave", self.helper, self.meeting, seat=str(self.seat("李国庆").pk))
        build.at_desk(self.meeting, "李国庆", "desk")
        self.assertIn("Change this ballot", markup.words(self.panel("李国庆")))
        self.do(self.choose("李国庆", "abstain"), "vote.cast_for")
        self.assertEqual(Ballot.objects.get().choice, "abstain")

    def test_a_change_meanwhile_is_not_overwritten(self) -> None:
        build.at_desk(self.meeting, "李国庆")
        self.open_vote()
        late = self.choose("李国庆", "for")
        self.do(self.choose("李国庆", "against"), "vote.cast_for")
        self.do(self.choose("李国庆", "abstain"), "vote.cast_for")
        form = markup.forms(late, "vote.cast_for")[0]
        answer = build.do("vote.cast_for", self.helper, self.meeting, **markup.sent(form))
        self.assertEqual(answer.code, "vote.stale")

    def test_a_ballot_cast_by_phone_is_told_but_never_how(self) -> None:
        build.seated(self.seat("张秀英"))
        self.open_vote()
        zhang, no = build.by_link(self.seat("张秀英")), self.mandate("张秀英")
        build.ok("vote.cast", zhang, self.meeting, vote="1-1", mandate=no, choice="against", base=0)
        for html in (self.panel("张秀英"), self.vote("张秀英"), self.vote("张秀英", choice="for", base="1")):
            self.assertIn("This ballot was cast by phone", markup.words(html))
            self.assertNotIn("Against", html)
            self.assertEqual(markup.forms(html, "vote.cast_for"), [])
            self.assertNotIn("vote", self.ways(html))

    def test_tenants_guests_and_officials_have_no_ballot_of_the_owners(self) -> None:
        for name in ("唐丽", "雷宏"):
            build.at_desk(self.meeting, name)
        build.guest(self.meeting, "王记者")
        self.open_vote()
        for name in ("唐丽", "雷宏", "王记者"):
            self.assertNotIn("vote", self.ways(self.panel(name)))
        nos = str(self.mandate("韩建国"))  # 唐丽's flat is his
        self.assertNotIn("your vote is", self.panel("唐丽", do="vote", vote="1-1", mandate=nos, choice="for", base="0"))

    def test_a_holder_has_the_neighbours_ballot_as_well(self) -> None:
        build.at_desk(self.meeting, "夏玉珍")
        sun, xia = self.seat("孙晓燕"), self.seat("夏玉珍")
        build.ok("proxy.register", self.helper, self.meeting, principal=str(sun.pk), holder=str(xia.pk))
        self.open_vote()
        html = self.panel("夏玉珍")
        self.assertEqual(self.ways(html).count("vote"), 2)
        self.assertIn("Enter the ballot: motion 1-1 · 2-1-102", markup.words(html))
        aloud = self.choose("夏玉珍", "for", self.vote("夏玉珍", mandate=str(self.mandate("孙晓燕"))))
        self.assertIn("For your neighbour at 2-1-102", markup.words(aloud))
        self.do(aloud, "vote.cast_for")
        self.assertTrue(Ballot.objects.get().by_proxy)

    def test_who_is_not_here_cannot_be_voted_for_at_the_desk(self) -> None:
        self.open_vote()
        self.assertNotIn("vote", self.ways(self.panel("李国庆")))
        self.assertNotIn("Enter a ballot", self.vote("李国庆"))

    def test_a_choice_that_is_none_asks_again(self) -> None:
        build.at_desk(self.meeting, "李国庆")
        self.open_vote()
        for more in ({"choice": "maybe", "base": "0"}, {"choice": "for", "base": "-1"}, {"choice": "for"}):
            self.assertIn("Read it to the person", markup.words(self.vote("李国庆", **more)))


class Early(Desk):
    state = "convened"

    def test_before_check_in_only_slips_are_issued(self) -> None:
        self.assertEqual(self.acts("李国庆"), [])
        self.assertEqual(self.ways(self.panel("李国庆")), ["slip"])
        self.assertEqual(self.acts("李国庆", do="slip"), ["seat.reissue"])
        self.assertIn("Check-in has not begun yet", markup.words(self.panel("李国庆")))

    def test_all_parts_are_there(self) -> None:
        self.assertIsInstance(self.meeting, Meeting)
        self.assertIn("Here 0/8 households", markup.words(self.parts()["counts"]))

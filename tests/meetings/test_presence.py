from typing import Any

from sessions.halls.access import (
    SeatActor,
    Visitor,
    device_digest,
    digits_of,
    link_token,
    seat_by_link,
    seat_by_slip,
    slip_token,
)
from sessions.halls.models import Seat
from sessions.meetings import rules
from sessions.meetings.access import is_present
from sessions.record.acts import Refused
from tests import build

PHONE_A, PHONE_B = 1, 2


class InTheHall(build.HallClockTestCase):
    """A meeting whose check-in is open."""

    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting(state="check_in")
        self.desk = build.staff("desk", self.meeting)

    def seat(self, name: str = "夏玉珍") -> Seat:
        return build.seat(self.meeting, name)

    def do(self, name: str, actor: Any, /, **data: Any) -> Any:
        return build.do(name, actor, self.meeting, **data)

    def present(self) -> dict[str, int]:
        return build.last(self.meeting, "presence.arrived")["present"]


class ByPhone(InTheHall):
    def check_in(self, phone: int = PHONE_A, name: str = "夏玉珍", **data: Any) -> Any:
        return self.do("presence.check_in", build.shown_slip(self.seat(name), phone), **data)

    def test_a_phone_with_the_slip_is_in(self) -> None:
        self.at("14:41:07.250")
        answer = self.check_in(device=build.device_key(self.seat()))
        assert (answer.ok, answer.params) == (True, {"already": False})
        seat = self.seat()
        assert is_present(seat)
        assert seat.device == device_digest(build.device_key(seat))
        entry = build.entries(self.meeting)[-1]
        assert entry == {
            "kind": "presence.arrived",
            "at": "2026-11-19T06:41:07.250Z",
            "actor": {"role": "resident", "seat": "2-1-101 夏玉珍"},
            "body": {
                "seat": "2-1-101 夏玉珍",
                "seat_id": str(seat.pk),
                "shown_as": "夏*珍",
                "standing": "resident",
                "channel": "phone",
                "present": {"households": 1, "of": 8, "phone": 1, "tablet": 0, "desk": 0},
            },
        }

    def test_the_public_reads_the_masked_name_alone(self) -> None:
        self.check_in()
        entry = build.entries(self.meeting, archive=False)[-1]
        assert (entry["body"]["seat"], entry["body"]["seat_id"], entry["actor"]["seat"]) == (None, None, None)
        assert entry["body"]["shown_as"] == "夏*珍"

    def test_twice_from_the_same_phone_is_one_arrival(self) -> None:
        self.check_in()
        again = self.check_in()
        assert (again.ok, again.params) == (True, {"already": True})
        assert build.kinds(self.meeting).count("presence.arrived") == 1

    def test_another_phone_is_told_since_when_the_seat_is_in_use(self) -> None:
        self.at("15:02:40")
        self.check_in(PHONE_A)
        answer = self.check_in(PHONE_B)
        assert (answer.ok, answer.code, answer.params) == (False, "seat.taken", {"since": "15:02"})
        assert "15:02" in answer.words("en")
        assert self.seat().device == device_digest(build.device_key(self.seat(), PHONE_A))

    def test_a_takeover_and_the_old_phone_is_out_at_once(self) -> None:
        self.check_in(PHONE_A)
        old, new = build.by_link(self.seat(), PHONE_A), build.by_link(self.seat(), PHONE_B)
        assert self.do("remark.post", old, kind="comment", text="旧手机").ok
        taken = self.do("presence.take_over", build.shown_slip(self.seat(), PHONE_B))
        assert (taken.ok, taken.params) == (True, {"already": False})
        assert build.kinds(self.meeting)[-1] == "presence.taken_over"
        for name, data in (
            ("remark.post", {"kind": "comment", "text": "还是我"}),
            ("floor.request", {"kind": "question"}),
            ("presence.leave_myself", {}),
        ):
            answer = self.do(name, old, **data)
            assert answer.code in {"seat.elsewhere", "meeting.not_begun"}, name
        self.later(60)
        assert self.do("remark.post", old, kind="comment", text="还是我").code == "seat.elsewhere"
        assert self.do("remark.post", new, kind="comment", text="新手机").ok
        assert build.kinds(self.meeting).count("presence.arrived") == 1

    def test_a_takeover_twice_is_one(self) -> None:
        self.check_in(PHONE_A)
        slip = build.shown_slip(self.seat(), PHONE_B)
        assert self.do("presence.take_over", slip).params == {"already": False}
        assert self.do("presence.take_over", slip).params == {"already": True}
        assert build.kinds(self.meeting).count("presence.taken_over") == 1

    def test_a_takeover_of_a_seat_that_no_phone_holds_is_a_check_in(self) -> None:
        assert self.do("presence.take_over", build.shown_slip(self.seat())).ok
        assert build.kinds(self.meeting)[1:] == ["presence.arrived"]

    def test_the_link_alone_neither_checks_in_nor_takes_over(self) -> None:
        neighbour = build.by_link(self.seat(), PHONE_B)
        for name in ("presence.check_in", "presence.take_over"):
            assert self.do(name, neighbour).code == "not_allowed"
        assert not is_present(self.seat())

    def test_a_phone_without_a_key_is_asked_to_scan_again(self) -> None:
        seat = self.seat()
        keyless = SeatActor(seat.pk, seat.stream_id, seat.standing, "x", "y", "", True)
        assert self.do("presence.check_in", keyless).code == "seat.no_device"
        assert list(self.do("presence.check_in", keyless, device="short").errors) == ["device"]

    def test_a_slip_of_another_meeting_opens_nothing_here(self) -> None:
        other = build.meeting(self.meeting.hall, state="check_in", ordinal=48)
        foreign = build.shown_slip(build.seat(other, "夏玉珍"))
        assert self.do("presence.check_in", foreign).code == "not_allowed"

    def test_before_check_in_opens_the_phone_is_asked_to_wait(self) -> None:
        early = build.meeting(self.meeting.hall, state="convened", ordinal=48)
        answer = build.do("presence.check_in", build.shown_slip(build.seat(early, "夏玉珍")), early)
        assert (answer.ok, answer.code) == (False, "meeting.not_open")
        assert build.kinds(early) == []

    def test_who_was_entered_at_the_desk_counts_by_phone_once_the_phone_is_in(self) -> None:
        build.at_desk(self.meeting, "夏玉珍")
        assert self.check_in().ok
        assert build.kinds(self.meeting)[-2:] == ["presence.arrived", "presence.moved_to_phone"]
        moved = build.last(self.meeting, "presence.moved_to_phone")
        assert moved["present"] == {"households": 1, "of": 8, "phone": 1, "tablet": 0, "desk": 0}
        assert self.seat().presence.channel == "phone"

    def test_leaving_and_coming_back_with_the_slip(self) -> None:
        xia = build.seated(self.seat())
        self.later(60)
        assert self.do("presence.leave_myself", xia).params == {"already": False}
        assert self.do("presence.leave_myself", xia).params == {"already": True}
        assert build.last(self.meeting, "presence.left")["present"]["households"] == 0
        assert self.do("remark.post", xia, kind="comment", text="我还在").code == "seat.not_present"
        assert self.check_in().ok
        assert build.kinds(self.meeting)[-1] == "presence.came_back"
        assert is_present(self.seat())
        assert self.do("remark.post", xia, kind="comment", text="我回来了").ok

    def test_who_never_arrived_cannot_leave(self) -> None:
        build.ok("presence.check_in", build.shown_slip(self.seat()), self.meeting)
        assert self.do("presence.leave", self.desk, seat=str(self.seat("李国庆").pk)).code == "presence.not_here"
        assert self.do("presence.come_back", self.desk, seat=str(self.seat("李国庆").pk)).code == "presence.not_here"


class AtTheDesk(InTheHall):
    def arrive(self, name: str, channel: str = "desk") -> Any:
        return self.do("presence.arrive_for", self.desk, seat=str(self.seat(name).pk), channel=channel)

    def test_the_entry_names_the_helper_and_the_channel(self) -> None:
        assert self.arrive("张秀英", "tablet").params == {"already": False}
        entry = build.entries(self.meeting)[-1]
        assert entry["actor"] == {"role": "staff", "name": "秦朗"}
        assert (entry["body"]["seat"], entry["body"]["channel"]) == ("1-1-101 张秀英", "tablet")
        assert entry["body"]["present"] == {"households": 1, "of": 8, "phone": 0, "tablet": 1, "desk": 0}

    def test_twice_is_once(self) -> None:
        self.arrive("张秀英")
        assert self.arrive("张秀英").params == {"already": True}
        assert build.kinds(self.meeting).count("presence.arrived") == 1

    def test_a_couple_is_two_people_and_one_household(self) -> None:
        build.seated(self.seat("陈玉梅"))
        self.later(1)
        self.arrive("赵大勇")
        assert self.present() == {"households": 1, "of": 8, "phone": 1, "tablet": 0, "desk": 0}
        self.do("presence.leave", self.desk, seat=str(self.seat("陈玉梅").pk))
        left = build.last(self.meeting, "presence.left")
        assert left["present"] == {"households": 1, "of": 8, "phone": 0, "tablet": 0, "desk": 1}

    def test_a_tenant_stands_for_the_household(self) -> None:
        self.arrive("唐丽")
        self.arrive("林小雨")
        assert self.present()["households"] == 2

    def test_officials_and_guests_are_here_and_in_no_quorum(self) -> None:
        self.arrive("雷宏")
        official = build.last(self.meeting, "presence.arrived", archive=False)
        assert (official["shown_as"], official["office"], official["standing"]) == ("雷宏", "安居乐物业", "official")
        build.guest(self.meeting, "访客")
        assert self.present() == {"households": 0, "of": 8, "phone": 0, "tablet": 0, "desk": 0}

    def test_leaving_and_coming_back_keeps_the_channel(self) -> None:
        self.arrive("张秀英", "tablet")
        pk = str(self.seat("张秀英").pk)
        assert self.do("presence.leave", self.desk, seat=pk).params == {"already": False}
        assert self.do("presence.leave", self.desk, seat=pk).params == {"already": True}
        assert self.do("presence.come_back", self.desk, seat=pk).params == {"already": False}
        assert self.do("presence.come_back", self.desk, seat=pk).params == {"already": True}
        assert build.last(self.meeting, "presence.came_back")["channel"] == "tablet"

    def test_only_the_desk_and_only_seats_of_this_meeting(self) -> None:
        other = build.meeting(self.meeting.hall, state="check_in", ordinal=48)
        foreign = str(build.seat(other, "夏玉珍").pk)
        assert self.do("presence.arrive_for", self.desk, seat=foreign, channel="desk").code == "seat.foreign"
        assert list(self.do("presence.arrive_for", self.desk, seat="7", channel="phone").errors) == ["seat", "channel"]
        xia = build.seated(self.seat())
        for actor in (
            xia,
            build.staff("secretary", build.hall("亭", "安居里小区")),
            build.staff("overseer", self.meeting),
        ):
            answer = self.do("presence.arrive_for", actor, seat=str(self.seat("李国庆").pk), channel="desk")
            assert answer.code == "not_allowed"


class Guests(InTheHall):
    KEY = "key-of-a-visitor-0001"

    def join(self, key: str = KEY, name: str = "") -> Any:
        return self.do("presence.join_as_guest", Visitor(device_digest(key)), device=key, name=name)

    def test_a_visitor_gets_a_seat(self) -> None:
        answer = self.join(name="林访客")
        seat = Seat.objects.get(pk=answer.params["seat"])
        assert (seat.standing, seat.name, seat.household, seat.device) == (
            "guest",
            "林访客",
            None,
            device_digest(self.KEY),
        )
        entry = build.entries(self.meeting)[-1]
        assert entry["actor"] == {"role": "visitor"}
        assert (entry["body"]["shown_as"], entry["body"]["standing"]) == ("林*客", "guest")
        assert "林访客" not in build.plain_words(self.meeting)

    def test_a_nameless_guest_is_shown_as_one(self) -> None:
        self.join()
        assert build.last(self.meeting, "presence.arrived", archive=False)["shown_as"] == "旁听"

    def test_the_same_phone_keeps_its_seat(self) -> None:
        first, again = self.join(), self.join(name="别的名字")
        assert again.params == {"seat": first.params["seat"], "already": True}
        assert Seat.objects.filter(standing="guest").count() == 1

    def test_a_residents_phone_keeps_the_residents_seat(self) -> None:
        seat = self.seat()
        build.seated(seat)
        answer = self.join(build.device_key(seat))
        assert answer.params == {"seat": str(seat.pk), "already": True}
        assert not Seat.objects.filter(standing="guest").exists()

    def test_a_guest_who_left_comes_back(self) -> None:
        guest = build.guest(self.meeting, phone=self.KEY)
        build.ok("presence.leave_myself", guest, self.meeting)
        assert self.join().params["already"] is True
        assert build.kinds(self.meeting)[-2:] == ["presence.left", "presence.came_back"]

    def test_two_phones_are_two_guests(self) -> None:
        assert self.join().params["seat"] != self.join("key-of-a-visitor-0002").params["seat"]

    def test_a_name_is_cleaned_and_short(self) -> None:
        assert Seat.objects.get(pk=self.join(name="\u202e王\x00 五\n").params["seat"]).name == "王 五"
        answer = self.join("key-of-a-visitor-0002", name="长" * 21)
        assert list(answer.errors) == ["name"]

    def test_there_is_an_end_to_guests_by_the_open_code(self) -> None:
        stream = self.meeting.stream
        Seat.objects.bulk_create(
            Seat(stream=stream, standing="guest", code=f"{number:064d}") for number in range(rules.MOST_GUESTS)
        )
        answer = self.join()
        assert (answer.ok, answer.code) == (False, "guest.full")

    def test_only_a_visitor_becomes_a_guest(self) -> None:
        xia = build.seated(self.seat())
        for actor in (xia, self.desk):
            assert self.do("presence.join_as_guest", actor, device=self.KEY).code == "not_allowed"


class Seats(InTheHall):
    def test_an_official_is_added_once(self) -> None:
        answer = self.do("seat.add_official", self.desk, name=" 段瑞 ", office="包联区领导")
        seat = self.seat("段瑞")
        assert answer.params == {"seat": str(seat.pk), "already": False}
        assert (seat.standing, seat.office) == ("official", "包联区领导")
        assert digits_of(seat).isdecimal()
        body = build.last(self.meeting, "seat.added", archive=False)
        assert body == {
            "seat": "包联区领导 段瑞",
            "seat_id": None,
            "shown_as": "段瑞",
            "office": "包联区领导",
            "standing": "official",
        }
        again = self.do("seat.add_official", self.desk, name="段瑞", office="包联区领导")
        assert again.params == {"seat": str(seat.pk), "already": True}
        assert list(self.do("seat.add_official", self.desk, name=" \u200b ").errors) == ["name"]

    def test_a_new_slip_voids_the_old_one_and_its_phone(self) -> None:
        seat = self.seat()
        xia = build.seated(seat)
        slip, link, digits = slip_token(seat), link_token(seat), digits_of(seat)
        assert self.do("seat.reissue", self.desk, seat=str(seat.pk)).params == {"seat": str(seat.pk)}
        renewed = self.seat()
        for find, token in ((seat_by_slip, slip), (seat_by_link, link)):
            with self.assertRaises(Refused) as refused:
                find(token)
            assert refused.exception.code == "seat.void"
        assert digits_of(renewed) != digits
        assert seat_by_slip(slip_token(renewed)) == renewed
        assert self.do("remark.post", xia, kind="comment", text="旧纸条").code == "seat.elsewhere"
        assert is_present(renewed)
        assert build.last(self.meeting, "seat.reissued")["seat"] == "2-1-101 夏玉珍"
        assert self.do("presence.check_in", build.shown_slip(renewed, PHONE_B)).ok

    def test_only_the_desk(self) -> None:
        xia = build.seated(self.seat())
        assert self.do("seat.reissue", xia, seat=str(self.seat().pk)).code == "not_allowed"
        assert self.do("seat.add_official", xia, name="我").code == "not_allowed"

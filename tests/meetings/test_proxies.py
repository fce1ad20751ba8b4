from typing import Any

from sessions.meetings.models import Proxy
from tests import build


class Proxies(build.HallClockTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting(state="check_in")
        self.desk = build.staff("desk", self.meeting)

    def pk(self, name: str) -> str:
        return str(build.seat(self.meeting, name).pk)

    def register(self, principal: str, holder: str, actor: Any = None) -> Any:
        data = {"principal": self.pk(principal), "holder": self.pk(holder)}
        return build.do("proxy.register", actor or self.desk, self.meeting, **data)

    def live(self) -> list[tuple[str, str]]:
        return list(Proxy.objects.filter(cancelled=False).order_by("pk").values_list("principal__name", "holder__name"))

    def test_an_absent_owner_gives_a_proxy_to_someone_here(self) -> None:
        build.at_desk(self.meeting, "夏玉珍")
        assert self.register("孙晓燕", "夏玉珍").params == {"live": 1, "already": False}
        assert self.register("李国庆", "夏玉珍").params == {"live": 2, "already": False}
        assert self.live() == [("孙晓燕", "夏玉珍"), ("李国庆", "夏玉珍")]
        entry = build.entries(self.meeting)[-1]
        assert entry["actor"] == {"role": "staff", "name": "秦朗"}
        assert entry["body"] == {"principal": "1-1-102 李国庆", "holder": "2-1-101 夏玉珍", "live": 2}
        public = build.last(self.meeting, "proxy.registered", archive=False)
        assert public == {"principal": None, "holder": None, "live": 2}

    def test_what_cannot_be_a_proxy_is_refused_in_words(self) -> None:
        for name in ("夏玉珍", "张秀英", "雷宏"):
            build.at_desk(self.meeting, name)
        guest = build.guest(self.meeting, "访客")
        for principal, holder, code in (
            ("夏玉珍", "夏玉珍", "proxy.same"),
            ("张秀英", "夏玉珍", "proxy.principal_here"),
            ("孙晓燕", "李国庆", "proxy.holder_away"),
            ("孙晓燕", "雷宏", "proxy.guest"),
            ("孙晓燕", "访客", "proxy.guest"),
            ("龚建业", "夏玉珍", "proxy.guest"),
            ("访客", "夏玉珍", "proxy.guest"),
            ("唐丽", "夏玉珍", "proxy.not_owner"),
        ):
            answer = self.register(principal, holder)
            assert (answer.ok, answer.code) == (False, code), (principal, holder)
        assert self.live() == []
        assert guest.standing == "guest"

    def test_one_live_proxy_for_each_principal(self) -> None:
        build.at_desk(self.meeting, "夏玉珍")
        build.at_desk(self.meeting, "张秀英")
        self.register("孙晓燕", "夏玉珍")
        assert self.register("孙晓燕", "夏玉珍").params == {"live": 1, "already": True}
        assert self.register("孙晓燕", "张秀英").code == "proxy.given"
        assert build.ok("proxy.cancel", self.desk, self.meeting, principal=self.pk("孙晓燕")) == {"live": 0}
        assert self.register("孙晓燕", "张秀英").ok
        assert build.kinds(self.meeting)[-3:] == ["proxy.registered", "proxy.cancelled", "proxy.registered"]

    def test_cancelling_what_is_not_there(self) -> None:
        answer = build.do("proxy.cancel", self.desk, self.meeting, principal=self.pk("孙晓燕"))
        assert (answer.ok, answer.code) == (False, "proxy.none")

    def test_the_principals_arrival_by_any_way_ends_the_proxy_in_the_same_act(self) -> None:
        build.at_desk(self.meeting, "夏玉珍")
        for arrive in (
            lambda seat: build.do("presence.check_in", build.shown_slip(seat), self.meeting, act_id="arrive-0001"),
            lambda seat: build.do("presence.take_over", build.shown_slip(seat, 2), self.meeting, act_id="arrive-0002"),
            lambda seat: build.do(
                "presence.arrive_for",
                self.desk,
                self.meeting,
                seat=str(seat.pk),
                channel="tablet",
                act_id="arrive-0003",
            ),
            lambda seat: build.do(
                "presence.come_back", self.desk, self.meeting, seat=str(seat.pk), act_id="arrive-0004"
            ),
        ):
            assert self.register("孙晓燕", "夏玉珍").ok
            assert arrive(build.seat(self.meeting, "孙晓燕")).ok
            entry = build.entries(self.meeting)[-1]
            assert (entry["kind"], entry["body"]["because"], entry["body"]["live"]) == ("proxy.cancelled", "arrived", 0)
            assert self.live() == []
            build.ok("presence.leave", self.desk, self.meeting, seat=self.pk("孙晓燕"))

    def test_a_refused_arrival_leaves_the_proxy(self) -> None:
        build.at_desk(self.meeting, "夏玉珍")
        sun = build.seat(self.meeting, "孙晓燕")
        build.seated(sun)
        build.ok("presence.leave", self.desk, self.meeting, seat=str(sun.pk))
        self.register("孙晓燕", "夏玉珍")
        assert build.do("presence.check_in", build.shown_slip(sun, 2), self.meeting).code == "seat.taken"
        assert self.live() == [("孙晓燕", "夏玉珍")]

    def test_only_the_desk_registers(self) -> None:
        xia = build.seated(build.seat(self.meeting, "夏玉珍"))
        for actor in (xia, build.staff("overseer", self.meeting), build.staff("", self.meeting, "stranger")):
            assert self.register("孙晓燕", "夏玉珍", actor).code == "not_allowed"
        other = build.meeting(self.meeting.hall, state="check_in", ordinal=48)
        foreign = {"principal": str(build.seat(other, "孙晓燕").pk), "holder": self.pk("夏玉珍")}
        assert build.do("proxy.register", self.desk, self.meeting, **foreign).code == "seat.foreign"

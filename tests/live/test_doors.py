"""The pages and the form door: slip, digits, guests, a phone without a script, and staff; may, neighbour, stranger."""

from __future__ import annotations

import json
import re
from typing import Any

from django.core.cache import cache
from django.test import Client, TestCase
from django.urls import reverse

from sessions.halls.access import device_digest, digits_of, link_token, slip_token
from sessions.halls.models import Seat
from sessions.meetings.models import Meeting, Presence, Remark, SpeakRequest
from sessions.record.models import Entry
from tests import build
from voting.models import Ballot

HOSTILE = "<script>alert(1)</script>\u202e𬭎👍"


def text(response: Any) -> str:
    return str(response.content.decode())


class Door(TestCase):
    def setUp(self) -> None:
        cache.clear()
        self.addCleanup(cache.clear)
        self.meeting: Meeting = build.meeting()

    def seat(self, name: str) -> Seat:
        return build.seat(self.meeting, name)

    def slip(self, name: str) -> str:
        return reverse("live:slip", args=[slip_token(self.seat(name))])

    def link(self, name: str) -> str:
        return reverse("live:seat", args=[link_token(self.seat(name))])

    def phone(self, name: str) -> Client:
        """A phone without a script that has scanned the slip of `name` and pressed yes."""
        phone = Client()
        page = text(phone.get(self.slip(name)))
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        assert phone.post(self.slip(name), form).status_code == 302
        return phone

    def act(self, phone: Client, name: str, act: str, **fields: Any) -> Any:
        return phone.post(self.link(name) + "do", {"act": act, **fields})


class Entering(Door):
    def test_two_taps_after_the_slip_and_in(self) -> None:
        page = Client().get(self.slip("夏玉珍"))
        assert "夏*珍" in text(page)
        assert "夏玉珍" not in text(page)
        assert page["Referrer-Policy"] == "no-referrer"
        phone = self.phone("夏玉珍")
        presence = Presence.objects.get()
        assert (presence.channel, presence.seat) == ("phone", self.seat("夏玉珍"))
        assert phone.get(self.slip("夏玉珍")).headers["Location"] == self.link("夏玉珍")
        assert "引进物业服务与收费标准" in text(phone.get(self.link("夏玉珍")))

    def test_the_yes_sent_twice_is_one_arrival(self) -> None:
        phone = Client()
        page = text(phone.get(self.slip("夏玉珍")))
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        for _ in range(2):
            assert phone.post(self.slip("夏玉珍"), form).status_code == 302
        assert build.kinds(self.meeting).count("presence.arrived") == 1

    def test_eight_digits_lead_to_the_same_question(self) -> None:
        digits = digits_of(self.seat("夏玉珍"))
        door = reverse("live:join", args=[self.meeting.join_code])
        assert Client().post(door, {"digits": f"{digits[:4]} {digits[4:]}"}).headers["Location"] == self.slip("夏玉珍")
        wide = digits.translate({48 + n: 0xFF10 + n for n in range(10)})
        assert Client().post(door, {"digits": wide}).headers["Location"] == self.slip("夏玉珍")

    def test_wrong_digits_get_a_sentence_and_slow_down(self) -> None:
        door = reverse("live:join", args=[self.meeting.join_code])
        first = Client().post(door, {"digits": "00000000"})
        assert first.status_code == 404
        assert 'value="00000000"' in text(first)
        codes = {Client().post(door, {"digits": f"{n:08d}"}).status_code for n in range(30)}
        assert 429 in codes
        assert Client().get(self.slip("夏玉珍")).status_code == 200

    def test_another_phone_takes_the_seat_over_and_the_old_one_is_told(self) -> None:
        old, new = self.phone("夏玉珍"), Client()
        page = text(new.get(self.slip("夏玉珍")))
        assert "换到这部手机" in page
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        assert form["act"] == "presence.take_over"
        assert new.post(self.slip("夏玉珍"), form).status_code == 302
        assert "换到另一部手机" in text(old.get(self.link("夏玉珍")))
        refused = self.act(old, "夏玉珍", "floor.request", kind="question")
        assert refused.status_code == 409
        assert not SpeakRequest.objects.exists()
        assert self.act(new, "夏玉珍", "floor.request", kind="question").status_code == 302

    def test_a_forwarded_link_shows_and_does_nothing(self) -> None:
        self.phone("夏玉珍")
        neighbour = Client()
        assert neighbour.get(self.link("夏玉珍")).status_code == 200
        assert self.act(neighbour, "夏玉珍", "remark.post", kind="comment", text="冒名").status_code == 409
        assert not Remark.objects.exists()

    def test_unknown_void_and_foreign_links_get_one_sentence(self) -> None:
        slip = self.slip("夏玉珍")
        build.ok("seat.reissue", build.staff("desk", self.meeting), self.meeting, seat=str(self.seat("夏玉珍").pk))
        void = Client().get(slip)
        assert void.status_code == 404
        assert "纸条" in text(void)
        for address in ("/q/nonsense/", "/s/nonsense/", "/m/000000/", slip.replace("/q/", "/s/")):
            page = Client().get(address)
            assert page.status_code == 404
            assert "回到首页" in text(page)

    def test_a_guest_may_speak_and_never_votes(self) -> None:
        guest = Client()
        answer = guest.post(reverse("live:guest", args=[self.meeting.join_code]), {"name": ""})
        link = answer.headers["Location"]
        assert guest.post(link + "do", {"act": "floor.request", "kind": "question"}).status_code == 302
        chair = build.staff("facilitator", self.meeting)
        build.ok("motion.add", chair, self.meeting, item=1, no="1-1", text="试一年。", preset="hall_vote")
        build.ok("vote.open", chair, self.meeting, motion="1-1")
        cast = {"act": "vote.cast", "vote": "1-1", "mandate": "0", "choice": "for", "base": "0"}
        assert guest.post(link + "do", cast).status_code == 409
        assert not Ballot.objects.exists()

    def test_a_closed_meeting_says_so(self) -> None:
        slip = self.slip("夏玉珍")
        build.ok("meeting.close", build.staff("facilitator", self.meeting), self.meeting)
        assert "这次会议已经结束" in text(Client().get(slip))


class WithoutScript(Door):
    def test_speaking_writing_and_voting_by_forms(self) -> None:
        phone, link = self.phone("夏玉珍"), self.link("夏玉珍")
        chair = build.staff("facilitator", self.meeting)
        assert "问一个问题" in text(phone.get(link + "speak/"))
        self.act(phone, "夏玉珍", "floor.request", kind="question", act_id="speak-0001")
        assert "下一个是您" in text(phone.get(link))
        build.ok("motion.add", chair, self.meeting, item=1, no="1-1", text="试一年。", preset="hall_vote")
        build.ok("vote.open", chair, self.meeting, motion="1-1")
        page = text(phone.get(link))
        assert 'action="confirm/"' in page
        asked = text(phone.post(link + "confirm/", {"vote": "1-1", "mandate": "0", "base": "0", "choice": "against"}))
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked))
        assert (form["act"], form["choice"]) == ("vote.cast", "against")
        for _ in range(2):  # a double tap
            assert phone.post(link + "do", form).status_code == 302
        assert Ballot.objects.get().choice == "against"
        assert "已计入" in text(phone.get(link))
        assert build.kinds(self.meeting).count("vote.cast") == 1

    def test_what_was_typed_survives_a_refusal(self) -> None:
        phone = self.phone("夏玉珍")
        assert self.act(phone, "夏玉珍", "remark.post", kind="question", text="先说一句").status_code == 302
        refused = self.act(phone, "夏玉珍", "remark.post", kind="question", text="太快的第二句")
        assert refused.status_code == 409
        assert "太快的第二句</textarea>" in text(refused)

    def test_hostile_words_are_shown_as_words(self) -> None:
        phone = self.phone("夏玉珍")
        self.act(phone, "夏玉珍", "remark.post", kind="comment", text=HOSTILE, signed="1")
        build.ok("remark.show", build.staff("operator", self.meeting), self.meeting, remark=1)
        page = text(phone.get(self.link("夏玉珍")))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;𬭎👍" in page
        assert "\u202e" not in page

    def test_a_script_is_answered_in_json_and_a_foreign_page_not_at_all(self) -> None:
        phone, link = self.phone("夏玉珍"), self.link("夏玉珍")
        form = {"act": "floor.request", "kind": "question", "act_id": "json-00001"}
        answer = phone.post(link + "do", form, headers={"accept": "application/json"}).json()
        assert (answer["ok"], answer["act"], answer["again"]) == (True, "json-00001", False)
        assert phone.post(link + "do", form, headers={"accept": "application/json"}).json()["again"] is True
        foreign = phone.post(link + "do", form, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403

    def test_the_frame_for_phones_that_poll(self) -> None:
        phone, link = self.phone("夏玉珍"), self.link("夏玉珍")
        frame = json.loads(phone.get(link + "frame").content)
        assert set(frame["parts"]) == {"top", "now", "remarks", "bar"}
        assert phone.get(f"{link}frame?have={frame['rev']}").status_code == 204
        assert phone.get(link + "frame?have=x").status_code == 200

    def test_language_and_letters_are_chosen_not_guessed(self) -> None:
        phone, link = self.phone("夏玉珍"), self.link("夏玉珍")
        page = text(phone.get(link, headers={"accept-language": "en"}))
        assert 'lang="zh-Hans" data-size="elder"' in page
        phone.post(reverse("choose"), {"language": "en", "size": "max", "next": link})
        assert 'lang="en" data-size="max"' in text(phone.get(link))


class Staff(Door):
    def room(self, audience: str) -> str:
        return reverse("live:screen", args=[self.meeting.pk, audience])

    def signed_in(self, role: str) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(build.user(role, self.meeting))
        return client

    def test_staff_neighbours_and_strangers(self) -> None:
        neighbour = Client()
        neighbour.force_login(build.user("facilitator", build.hall("别的议事厅", "别的小区"), "other"))
        for audience in ("wall", "console", "desk"):
            assert self.signed_in("facilitator").get(self.room(audience)).status_code == 200
            assert neighbour.get(self.room(audience)).status_code == 403
            assert neighbour.get(self.room(audience) + "frame").status_code == 403
            assert Client().get(self.room(audience)).status_code == 302
        nowhere = self.room("wall").replace(str(self.meeting.pk), "00000000-0000-0000-0000-000000000009")
        assert self.signed_in("facilitator").get(nowhere).status_code == 403

    def test_nothing_private_stands_on_the_wall(self) -> None:
        phone = self.phone("夏玉珍")
        self.act(phone, "夏玉珍", "floor.request", kind="question")
        chair = build.staff("facilitator", self.meeting)
        build.ok("floor.call", chair, self.meeting)
        page = text(self.signed_in("facilitator").get(self.room("wall")))
        assert "夏*珍" in page
        assert not {"夏玉珍", "2-1-101", link_token(self.seat("夏玉珍"))} & set(re.split(r'[\s<>"/]+', page))

    def test_a_form_without_its_token_is_refused_and_with_it_done(self) -> None:
        client = self.signed_in("facilitator")
        page = text(client.get(self.room("console")))
        do = reverse("live:do", args=[self.meeting.pk])
        bare = client.post(do, {"act": "item.end", "item": "1"})
        assert bare.status_code == 403
        assert "开得太久" in text(bare)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        done = client.post(do, {"act": "item.end", "item": "1", "csrfmiddlewaretoken": token[1], "next": "console"})
        assert done.headers["Location"] == self.room("console")
        assert Entry.objects.filter(kind="item.ended").exists()

    def test_the_code_on_the_wall_is_the_meetings_door(self) -> None:
        page = text(self.signed_in("facilitator").get(self.room("wall")))
        assert f"{self.meeting.join_code[:3]} {self.meeting.join_code[3:]}" in page
        assert device_digest("x") not in page


class StartPage(Door):
    def test_six_digits_lead_to_the_meeting(self) -> None:
        found = Client().post(reverse("live:enter_code"), {"code": self.meeting.join_code})
        assert found.headers["Location"] == reverse("live:join", args=[self.meeting.join_code])
        wrong = Client().post(reverse("live:enter_code"), {"code": "000 000"})
        assert wrong.status_code == 404
        assert 'value="000 000"' in text(wrong)

    def test_too_much_at_once_is_413_in_words(self) -> None:
        page = Client().post(reverse("live:enter_code"), {"code": "1" * (2 * 1024 * 1024)})
        assert page.status_code == 413
        assert "太大" in text(page)

    def test_health(self) -> None:
        assert Client().get("/healthz").json() == {"ok": True}

"""From a closed meeting to a published, verifiable document: numbering, issuing, archive and verification pages."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sessions.documents import numbers
from sessions.documents.authority import ensure_authority, installed_folder
from sessions.documents.issue import issue, path_of
from sessions.documents.models import Document, Series
from sessions.halls.models import Node
from sessions.meetings.models import Meeting
from sessions.record.acts import Answer
from tests import build
from voting.models import Holder

VOTERS = {"张秀英": "for", "李国庆": "for", "韩建国": "for", "陈玉梅": "against", "夏玉珍": "abstain"}


def sit(hall: object = None, **fields: object) -> Meeting:
    """A closed meeting with one passed motion, 1-1, decided by the owners."""
    meeting = build.meeting(hall, **fields)  # type: ignore[arg-type]
    chair, helper = build.staff("facilitator", meeting), build.staff("desk", meeting)
    actors = {name: build.seated(build.seat(meeting, name)) for name in VOTERS}
    build.at_desk(meeting, "雷宏")
    build.ok("meeting.quorum", chair, meeting)
    official = str(build.seat(meeting, "雷宏").pk)
    build.ok("floor.request_for", helper, meeting, seat=official, kind="answer", channel="desk")
    build.ok("floor.call", chair, meeting)
    build.ok("floor.end", chair, meeting)
    build.ok("remark.post", actors["夏玉珍"], meeting, kind="question", text="租房的交不交?", signed=True)
    build.ok("remark.post", actors["陈玉梅"], meeting, kind="comment", text="某某你收了人家多少好处", signed=False)
    build.ok("remark.show", chair, meeting, remark=1)
    build.ok("remark.hide", chair, meeting, remark=2, reason="motive")
    build.ok("motion.add", chair, meeting, item=1, no="1-1", text="同意引进安居乐物业。", preset="owners_ordinary")
    build.ok("vote.open", chair, meeting, motion="1-1")
    for name, choice in VOTERS.items():
        no = Holder.objects.get(seat=build.seat(meeting, name), mandate__vote__meeting=meeting).mandate.no
        build.ok("vote.cast", actors[name], meeting, vote="1-1", mandate=no, choice=choice, base=0)
    build.ok("vote.close", chair, meeting, vote="1-1")
    build.ok("vote.reveal", chair, meeting, vote="1-1")
    build.ok("meeting.close", chair, meeting)
    return build.fresh(meeting)


class Issuing(build.HallClockTestCase):
    def setUp(self) -> None:
        super().setUp()
        ensure_authority(installed_folder())
        self.meeting = sit()
        self.secretary = build.staff("secretary", self.meeting)

    def issue(self, kind: str = "minutes", subject: str = "", act_id: str = "issue-0001") -> Answer:
        return issue(
            meeting=self.meeting.stream,
            office=self.meeting.hall.office_id,
            kind=kind,
            subject=subject,
            actor=self.secretary,
            act_id=act_id,
        )

    def test_minutes_and_resolution_are_numbered_signed_published_and_verified(self) -> None:
        assert self.issue().ok
        assert self.issue("resolution", "1-1", "issue-0002").ok
        minutes, resolution = Document.objects.order_by("pk")
        assert (minutes.number, resolution.number) == ("福苑里议纪〔2026〕1号", "福苑里议定〔2026〕1号")
        for document in (minutes, resolution):
            assert hashlib.sha256(path_of(document).read_bytes()).hexdigest() == document.sha256
        text = subprocess.run(
            ["pdftotext", "-layout", str(path_of(resolution)), "-"], capture_output=True, text=True, check=True
        ).stdout
        for wanted in ("同意引进安居乐物业", "通过", resolution.number, resolution.check_code, minutes.number):
            assert wanted in text.replace("\n", "")
        assert "夏玉珍" not in text

        page = self.client.get(reverse("documents:archive")).content.decode()
        assert minutes.number in page
        assert resolution.number in page
        page = self.client.get(reverse("documents:document", args=[minutes.pk])).content.decode()
        assert "应到 8 户，实到 5 户" in page
        assert "某某你收了" not in page

        whole = path_of(minutes).read_bytes()
        answer = self.verify_file(whole)
        assert "真实有效" in answer
        assert minutes.number in answer
        broken = whole.replace(b"/HallNumber", b"/HallNumbex", 1)
        assert broken != whole
        assert "文件被改动" in self.verify_file(broken)

    def verify_file(self, data: bytes) -> str:
        file = SimpleUploadedFile("minutes.pdf", data, "application/pdf")
        return self.client.post(reverse("documents:verify"), {"file": file}).content.decode()

    def test_number_and_check_code_find_it_however_they_are_typed(self) -> None:
        self.issue()
        document = Document.objects.get()
        typed = document.number.replace("〔", "[").replace("〕", "]"), document.check_code.lower().replace("-", " ")
        found = self.client.post(reverse("documents:verify"), {"number": typed[0], "code": typed[1]})
        assert "真实有效" in found.content.decode()
        wrong = self.client.post(reverse("documents:verify"), {"number": document.number, "code": "2222-2222"})
        assert "查无此文号" in wrong.content.decode()
        assert self.client.get(reverse("documents:check", args=[document.pk, document.check_code])).status_code == 200
        assert self.client.get(reverse("documents:check", args=[document.pk, "2222-2222"])).status_code == 404

    def test_a_second_press_gives_the_same_document(self) -> None:
        first, again = self.issue(), self.issue(act_id="issue-0009")
        assert (first.ok, again.ok) == (True, True)
        assert Document.objects.count() == 1
        assert build.kinds(self.meeting.hall).count("document.published") == 1

    def test_a_number_survives_a_crash_before_the_file_is_made(self) -> None:
        build.ok("document.number", self.secretary, self.meeting.hall, meeting=str(self.meeting.pk), kind="minutes")
        assert self.issue().ok
        document = Document.objects.get()
        assert (document.serial, document.state) == (1, "published")

    def test_numbers_are_gap_free_and_a_series_is_joined_only_before_its_first(self) -> None:
        hall = self.meeting.hall
        build.ok("series.set_next", self.secretary, hall, kind="minutes", year=2026, next=47, reason="前 46 号为纸质")
        self.issue()
        second = sit(hall, ordinal=48)
        for meeting in (second, second):
            build.ok("document.number", self.secretary, hall, meeting=str(meeting.pk), kind="minutes", subject="")
        assert list(Document.objects.order_by("serial").values_list("serial", flat=True)) == [47, 48]
        assert Series.objects.get(kind="minutes").next == 49
        late = build.do("series.set_next", self.secretary, hall, kind="minutes", year=2026, next=60, reason="再改")
        assert (late.ok, late.code, late.params) == (False, "series.used", {"last": 48, "next": 60})

    def test_what_cannot_be_issued_is_refused(self) -> None:
        hall = self.meeting.hall
        running = build.meeting(hall, ordinal=48)

        def number(**fields: object) -> str:
            given = {"meeting": str(self.meeting.pk), "kind": "resolution", "subject": "9-9"} | fields
            return build.do("document.number", self.secretary, hall, **given).code

        assert number() == "document.not_decided"
        assert number(meeting=str(running.pk), kind="minutes") == "document.not_closed"
        assert number(meeting="00000000-0000-0000-0000-000000000009") == "document.no_meeting"
        assert number(kind="letter") == "invalid"
        helper = build.staff("desk", self.meeting)
        refused = build.do("document.number", helper, hall, meeting=str(self.meeting.pk), kind="minutes")
        assert refused.code == "not_allowed"

    def test_the_office_presses_one_button_and_a_stranger_sees_nothing(self) -> None:
        address = reverse("documents:of_meeting", args=[self.meeting.pk])
        assert self.client.get(address).status_code == 302
        neighbour = Client()
        neighbour.force_login(build.user("secretary", Node.objects.create(kind="estate", name="别的小区"), "other"))
        assert neighbour.get(address).status_code == 403
        office = Client()
        office.force_login(build.user("secretary", self.meeting))
        assert "生成、签名并公布" in office.get(address).content.decode()
        page = office.post(address, {"kind": "minutes", "subject": "", "act_id": "press-00001"}, follow=True)
        assert "已公布" in page.content.decode()
        assert Document.objects.get().state == "published"

    def test_nothing_unpublished_is_in_the_archive(self) -> None:
        build.ok("document.number", self.secretary, self.meeting.hall, meeting=str(self.meeting.pk), kind="minutes")
        document = Document.objects.get()
        for name in ("documents:document", "documents:file"):
            assert self.client.get(reverse(name, args=[document.pk])).status_code == 404

    def test_too_large_a_file_is_refused_in_words(self) -> None:
        file = SimpleUploadedFile("big.pdf", b"%PDF-" + b"0" * (20 * 1024 * 1024), "application/pdf")
        answer = self.client.post(reverse("documents:verify"), {"file": file})
        assert answer.status_code == 413
        assert "20 MB" in answer.content.decode()

    def test_the_files_lie_in_the_data_folder_alone(self) -> None:
        self.issue()
        folder = Path(settings.DATA) / "documents"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {each.suffix for each in folder.iterdir()} == {".pdf"}


def test_numbers_are_read_as_people_type_them() -> None:
    assert numbers.spelled_number(" 福苑里议纪 [2026] ４７号") == "福苑里议纪〔2026〕47号"
    assert numbers.spelled_number("福苑里议纪（2026）47号") == "福苑里议纪〔2026〕47号"
    assert numbers.same_code("8k4t 2m7x", "8K4T-2M7X")
    assert not numbers.same_code("8K4T-2M7Y", "8K4T-2M7X")
    assert len({numbers.new_check_code() for _ in range(200)}) == 200

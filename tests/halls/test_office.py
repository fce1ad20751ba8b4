import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from sessions.halls import drafts
from sessions.halls.models import Household, Node, Role
from sessions.halls.tree import add_node
from sessions.record.acts import BUSY, Answer
from sessions.record.models import Entry

from .town import PASSWORD, ROWS, Town, csv_bytes, user, xlsx_bytes


class Pages(TestCase):
    def setUp(self) -> None:
        cache.clear()
        self.addCleanup(cache.clear)
        self.town = Town()
        self.client.cookies["hall_language"] = "en"

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"office:{name}", args=args)

    def sign_in(self, name: str = "baixue", password: str = PASSWORD, **more: Any) -> Any:
        return self.client.post(self.url("sign_in"), {"username": name, "password": password, **more})


class SigningIn(Pages):
    def test_in_and_out(self) -> None:
        page = self.client.get(self.url("sign_in"))
        assert page.status_code == 200
        assert "Staff sign-in" in page.content.decode()
        answer = self.sign_in()
        self.assertRedirects(answer, self.url("home"))
        assert "楼门议事厅" in self.client.get(self.url("home")).content.decode()
        self.assertRedirects(self.client.get(self.url("sign_in")), self.url("home"))
        assert self.client.get(self.url("sign_out")).status_code == 405
        self.assertRedirects(self.client.post(self.url("sign_out")), self.url("sign_in"))
        self.assertRedirects(self.client.get(self.url("home")), f"{self.url('sign_in')}?next=/office/")

    def test_a_wrong_password_and_a_wrong_name_sound_alike(self) -> None:
        for name, password in (("baixue", "wrong"), ("nobody", "wrong")):
            page = self.sign_in(name, password)
            text = page.content.decode()
            assert page.status_code == 200
            assert "Name and password do not belong together." in text
            assert f'value="{name}"' in text
            assert "wrong" not in text
        assert "Please fill this in." in self.sign_in("", "").content.decode()

    def test_a_closed_account_sounds_alike_too(self) -> None:
        self.town.secretary.is_active = False
        self.town.secretary.save()
        assert "Name and password do not belong together." in self.sign_in().content.decode()

    def test_it_leads_back_to_where_one_was_going_but_never_away(self) -> None:
        page = self.url("hall", self.town.hall.pk)
        self.assertRedirects(self.sign_in(next=page), page)
        self.client.post(self.url("sign_out"))
        for away in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
            self.assertRedirects(self.sign_in(next=away), self.url("home"))
            self.client.post(self.url("sign_out"))

    def test_many_wrong_tries_are_slowed_down(self) -> None:
        for _ in range(5):
            assert self.sign_in(password="wrong").status_code == 200
        slow = self.sign_in()
        assert slow.status_code == 429
        assert 0 < int(slow["Retry-After"]) <= 900
        text = slow.content.decode()
        assert "Too many tries. Please wait 15 minutes, then try again." in text
        assert 'value="baixue"' in text
        assert "_auth_user_id" not in self.client.session
        assert self.sign_in(" BAIXUE ").status_code == 429
        self.assertRedirects(self.sign_in("qianjin"), self.url("home"))  # another name, same address
        self.client.post(self.url("sign_out"))
        elsewhere = self.client.post(
            self.url("sign_in"), {"username": "baixue", "password": PASSWORD}, REMOTE_ADDR="10.9.8.7"
        )
        assert elsewhere.status_code == 302

    def test_many_names_from_one_address_are_slowed_down(self) -> None:
        for n in range(40):
            assert self.sign_in(f"name{n}", "wrong").status_code == 200
        assert self.sign_in().status_code == 429

    def test_a_right_password_forgives_earlier_slips(self) -> None:
        for _ in range(3):
            for _ in range(4):
                self.sign_in(password="wrong")
            assert self.sign_in().status_code == 302
            self.client.post(self.url("sign_out"))

    def test_forms_without_a_token_are_refused(self) -> None:
        strict = self.client_class(enforce_csrf_checks=True)
        assert strict.post(self.url("sign_in"), {"username": "baixue", "password": PASSWORD}).status_code == 403


class Halls(Pages):
    def test_a_hall_shows_roster_and_staff_to_its_own_alone(self) -> None:
        page = self.url("hall", self.town.hall.pk)
        self.client.force_login(self.town.secretary)
        text = self.client.get(page).content.decode()
        assert "白雪" in text
        assert "The roster is empty." in text
        assert self.url("roster", self.town.hall.pk) in text
        for person in (self.town.neighbour, self.town.stranger):
            self.client.force_login(person)
            assert self.client.get(page).status_code == 403
        assert self.client.get(self.url("hall", 9999)).status_code == 403

    def test_staff_without_the_right_see_no_import(self) -> None:
        helper = user("helper")
        Role.objects.create(user=helper, node=self.town.estate, kind=Role.Kind.DESK)
        self.client.force_login(helper)
        assert (
            self.url("roster", self.town.hall.pk)
            not in self.client.get(self.url("hall", self.town.hall.pk)).content.decode()
        )
        assert self.client.get(self.url("roster", self.town.hall.pk)).status_code == 403

    def test_nobody_without_a_role_is_left_without_a_word(self) -> None:
        self.client.force_login(self.town.stranger)
        assert "No hall is entrusted to you yet." in self.client.get(self.url("home")).content.decode()


class Rosters(Pages):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.town.secretary)
        self.page = self.url("roster", self.town.hall.pk)

    def upload(self, data: bytes, name: str = "名册.csv", **more: Any) -> Any:
        return self.client.post(self.page, {"file": SimpleUploadedFile(name, data), "csrfmiddlewaretoken": "-", **more})

    def preview(self, data: bytes, **more: Any) -> str:
        answer = self.upload(data, **more)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    def files(self) -> Iterator[Path]:
        return (settings.DATA / "drafts").glob("*")

    def test_choose_look_import(self) -> None:
        look = self.preview(xlsx_bytes(), name="名册.xlsx")
        text = self.client.get(look).content.decode()
        assert not Household.objects.exists()
        assert "Nothing has been written yet." in text
        assert "Import 7 rows" in text
        assert "韩建国" in text
        done = self.client.post(look, follow=True)
        self.assertRedirects(done, self.url("hall", self.town.hall.pk))
        assert Household.objects.count() == 7
        text = done.content.decode()
        assert "The roster is in: 7 households are new, 0 have changed, 0 are as before." in text
        again = self.preview(csv_bytes())
        text = self.client.get(again).content.decode()
        assert "Everything is on the roster exactly like this already." in text
        assert "Import 7 rows" not in text

    def test_pressing_twice_imports_once(self) -> None:
        look = self.preview(csv_bytes())
        first, second = self.client.post(look), self.client.post(look)
        assert first.status_code == second.status_code == 302
        assert Entry.objects.filter(kind="roster.imported").count() == 1
        assert not any("韩建国".encode() in path.read_bytes() for path in self.files())

    def test_wrong_rows_are_named_and_what_is_missing_and_changed(self) -> None:
        self.client.post(self.preview(csv_bytes()))
        rows = [("1-1-101", "62,95", *ROWS[0][2:]), ("1-1-102", "81.33", *ROWS[1][2:]), *ROWS[2:6]]
        text = self.client.get(self.preview(csv_bytes(rows))).content.decode()
        assert "1 row must be mended; the other 5 can be imported." in text
        assert "Row 2: the floor area “62,95” is not a number. Please write square metres, like 58.62." in text
        assert "area: 81.32 → 81.33" in text
        assert "1 household on the roster is not in this file and stays as it is:" in text
        assert "1-1-401" in text

    def test_hostile_text_is_shown_as_text(self) -> None:
        rows = [
            ("1-1-101", "60", "<script>alert(1)</script>", "业主", "", "", ""),
            ("1-1-102", "<img src=x>", "李", "业主", "", "", ""),
        ]
        text = self.client.get(self.preview(csv_bytes(rows))).content.decode()
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "&lt;img src=x&gt;" in text

    def test_a_file_that_is_no_roster_gets_one_sentence(self) -> None:
        for data, sentence in (
            (b"", "This file is empty."),
            (b"%PDF-1.7", "This is not a CSV or XLSX file."),
            (b"PK\x03\x04", "This file is damaged and cannot be opened."),
            ("甲,乙\n1,2".encode(), "No row with column names was found."),
            ("房号,姓名,身份\n1-1-101,甲,业主".encode(), "The column 建筑面积 is missing."),
            (b"x" * (5 * 1024 * 1024 + 1), "This file is larger than 5 MB."),
        ):
            answer = self.upload(data)
            assert answer.status_code == 422
            assert sentence in answer.content.decode()
        nothing = self.client.post(self.page, {"csrfmiddlewaretoken": "-"})
        assert "Please choose a file first." in nothing.content.decode()

    def test_what_was_uploaded_survives_an_error(self) -> None:
        look = self.preview(csv_bytes())
        with mock.patch("sessions.record.scribe.perform", return_value=Answer("x", False, BUSY.code)):
            busy = self.client.post(look)
        assert busy.status_code == 503
        text = busy.content.decode()
        assert "Nothing was lost; please press once more." in text
        assert "Import 7 rows" in text
        self.client.post(look)
        assert Household.objects.count() == 7

    def test_a_draft_is_of_one_person_and_one_hall(self) -> None:
        look = self.preview(csv_bytes())
        colleague = user("colleague")
        Role.objects.create(user=colleague, node=self.town.street, kind=Role.Kind.SECRETARY)
        token = look.rstrip("/").rsplit("/", 1)[1]
        self.client.force_login(self.town.neighbour)
        assert self.client.get(look).status_code == 403
        self.client.force_login(colleague)
        answer = self.client.post(look, follow=True)
        assert "This preview is no longer kept." in answer.content.decode()
        other = self.url("roster_preview", self.town.other_hall.pk, token)
        assert "This preview is no longer kept." in self.client.get(other, follow=True).content.decode()
        assert not Household.objects.exists()

    def test_a_forged_or_old_draft_is_not_there(self) -> None:
        look = self.preview(csv_bytes())
        (path,) = [path for path in self.files() if look.rstrip("/").endswith(path.stem)]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        for token in ("x", "..%2Fsecret_key", "A" * 22):
            gone = self.client.get(f"{self.page}{token}/", follow=True)
            assert gone.status_code in (200, 404)
            assert "Import 7 rows" not in gone.content.decode()
        content = path.read_text("ascii")
        path.write_text(content[:-1] + ("A" if content[-1] != "A" else "B"), "ascii")
        assert "no longer kept" in self.client.get(look, follow=True).content.decode()
        path.write_text(content, "ascii")
        with mock.patch("time.time", return_value=time.time() + drafts.KEPT_SECONDS + 60):
            drafts.keep(1, 1, {})
        assert not path.exists()

    def test_a_hall_with_several_estates_asks_which(self) -> None:
        other = add_node(self.town.other_community, Node.Kind.ESTATE, "东里")
        add_node(self.town.other_community, Node.Kind.ESTATE, "西里")
        self.client.force_login(self.town.neighbour)
        self.page = self.url("roster", self.town.other_hall.pk)
        assert "Which estate?" in self.client.get(self.page).content.decode()
        assert self.upload(csv_bytes()).status_code == 422
        assert self.upload(csv_bytes(), node=self.town.estate.pk).status_code == 422
        self.client.post(self.preview(csv_bytes(), node=other.pk))
        assert Household.objects.filter(node=other).count() == 7

    def test_a_long_roster_shows_what_matters(self) -> None:
        rows = [(f"1-1-{n + 101}", "60", f"住户{n}", "业主", "", "", "") for n in range(400)]
        rows[399] = ("1-1-500", "x", "甲", "业主", "", "", "")
        text = self.client.get(self.preview(csv_bytes(rows))).content.decode()
        assert text.count("<tr") == 1 + 300 + 1
        assert "99 more rows without a fault are not shown." in text
        assert "Row 401:" in text

    def test_pages_carry_no_inline_script_or_style(self) -> None:
        look = self.preview(csv_bytes())
        for page in (self.url("home"), self.url("hall", self.town.hall.pk), self.page, look):
            text = self.client.get(page).content.decode()
            assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", text), page

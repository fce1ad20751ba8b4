"""`./hall manage authority_init` and `./hall manage verify`."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from sessions.documents.authority import installed_authority, new_authority
from tests.documents import samples

pytestmark = pytest.mark.usefixtures("installation")
Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def installation(settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"
    settings.AUTHORITY_PASSPHRASE = ""
    call_command("authority_init", name="福苑里社区", stdout=StringIO())


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    def verify(pdf: bytes, **options: object) -> tuple[int, str]:
        file, out = tmp_path / "document.pdf", StringIO()
        file.write_bytes(pdf)
        status = 0
        with translation.override("en"):
            try:
                call_command("verify", str(file), stdout=out, **options)
            except SystemExit as ended:
                status = int(ended.code or 0)
        return status, out.getvalue()

    return verify


def said(command: str, **options: object) -> str:
    out = StringIO()
    with translation.override("en"):
        call_command(command, stdout=out, **options)
    return out.getvalue()


def test_the_authority_is_made_once_and_its_fingerprint_told() -> None:
    fingerprint = installed_authority().fingerprint
    again = said("authority_init")
    assert "already" in again
    assert fingerprint in again
    replaced = said("authority_init", replace=True)
    assert "retired" in replaced
    assert fingerprint not in replaced
    assert installed_authority().fingerprint in replaced


def test_a_lost_passphrase_is_one_sentence(settings) -> None:
    (settings.DATA / "authority" / "passphrase").unlink()
    with pytest.raises(CommandError, match="passphrase"), translation.override("en"):
        call_command("authority_init")


def test_a_genuine_file(verify: Verify, unattached: bytes) -> None:
    status, text = verify(samples.seal(unattached, installed_authority()))
    assert status == 0
    assert text.startswith("Genuine\n")
    for fact in (
        "Number: 福苑里议纪〔2026〕47号",
        "Check code: 8K4T-2M7X",
        "Signed by: 白雪 · 书记员 · 福苑里社区居民议事会",
        "Signed at: 2026-11-19 17:02:00",
        f"Digest of the record: {samples.DIGEST}",
        "Attached record: none",
    ):
        assert fact in text


def test_it_stays_genuine_after_the_authority_was_replaced(verify: Verify, unattached: bytes) -> None:
    pdf = samples.seal(unattached, installed_authority())
    said("authority_init", replace=True)
    assert verify(pdf)[0] == 0


def test_a_foreign_file_and_the_authority_named(verify: Verify, unattached: bytes, tmp_path: Path) -> None:
    other = new_authority("另一个社区")
    pdf = samples.seal(unattached, other)
    status, text = verify(pdf)
    assert status == 3
    assert text.startswith("Content complete, signing authority unknown\n")
    (tmp_path / "other.pem").write_bytes(other.pem)
    assert verify(pdf, ca=tmp_path / "other.pem")[0] == 0


def test_an_altered_file(verify: Verify, unattached: bytes) -> None:
    pdf = samples.seal(unattached, installed_authority()) + b"%"
    status, text = verify(pdf)
    assert status == 2
    assert text.startswith("The file has been changed\n")


def test_the_attached_record_must_verify(verify: Verify, minutes_pdf: bytes) -> None:
    status, text = verify(samples.seal(minutes_pdf, installed_authority()))  # its record has no entries
    assert status == 1
    assert "Attached record: does not verify" in text


@pytest.mark.parametrize(("data", "word"), [(b"hello", "Not a PDF file"), (b"%PDF-1.7 hello", "cannot be read")])
def test_other_files(verify: Verify, data: bytes, word: str) -> None:
    status, text = verify(data)
    assert status == 1
    assert word in text.splitlines()[0]


def test_an_unsigned_file(verify: Verify, unattached: bytes) -> None:
    assert verify(unattached)[0] == 1


def test_files_that_cannot_be_opened(tmp_path: Path, verify: Verify) -> None:
    with pytest.raises(CommandError, match=r"absent\.pdf"):
        call_command("verify", str(tmp_path / "absent.pdf"))
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(CommandError, match=r"ca\.pem"):
        verify(b"%PDF-1.7", ca=tmp_path / "ca.pem")

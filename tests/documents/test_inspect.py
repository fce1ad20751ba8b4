"""Is it genuine? Ours, a stranger's, a tampered and a hostile file each get their word."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from sessions.documents.authority import (
    Authority,
    ensure_authority,
    known_certificates,
    new_authority,
    retire_authority,
)
from sessions.documents.errors import DocumentError
from sessions.documents.examine import LARGEST
from sessions.documents.inspect import SENTENCES, WORDS, Inspection, Outcome, inspect
from sessions.documents.render import render
from sessions.documents.worker import Worker
from tests.documents import samples

Look = Callable[[bytes], Inspection]


@dataclass
class Check:
    """The answer of a check of the record."""

    sound: bool = True
    head: str = samples.DIGEST


@pytest.fixture
def look(worker: Worker, authority: Authority) -> Look:
    def look(pdf: bytes) -> Inspection:
        return inspect(pdf, [authority.certificate], worker=worker)

    return look


def appended(pdf: bytes, *, painted: bool = False, note: bool = False) -> bytes:
    """`pdf` with an incremental update: a red bar over page one, or a note on it."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    if painted:
        bar = writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 100 400 200 100 re f Q"))
        page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), bar])
    if note:
        entries = {
            "/Type": generic.pdf_name("/Annot"),
            "/Subtype": generic.pdf_name("/FreeText"),
            "/Rect": generic.ArrayObject([generic.NumberObject(n) for n in (100, 100, 300, 150)]),
            "/Contents": generic.pdf_string("假"),
            "/DA": generic.pdf_string("/Helv 12 Tf"),
        }
        added = writer.add_object(generic.DictionaryObject({generic.pdf_name(k): v for k, v in entries.items()}))
        page["/Annots"] = generic.ArrayObject([*page.get("/Annots", []), added])
    writer.update_container(page)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def test_a_file_of_this_installation_is_genuine(look: Look, sealed: bytes, authority: Authority) -> None:
    found = look(sealed)
    assert found.outcome is Outcome.GENUINE
    assert found.genuine
    assert (found.signer, found.role, found.organisation) == ("白雪", "书记员", "福苑里社区居民议事会")
    assert found.signed_at == samples.SIGNED_AT
    assert found.authority.upper() == authority.fingerprint.replace(" ", "")
    assert (found.kind, found.number, found.check_code) == ("minutes", "福苑里议纪〔2026〕47号", "8K4T-2M7X")
    assert (found.record_digest, found.record_seq) == (samples.DIGEST, 412)
    assert found.record == samples.RECORD
    assert found.record_sound is None  # nobody asked
    assert found.signatures == 1


@pytest.mark.parametrize("part", [0.001, 0.05, 0.3, 0.6, 0.9, 0.97, 0.981, 0.99, 0.9995])
def test_a_file_with_one_byte_changed_is_refused(look: Look, sealed: bytes, part: float) -> None:
    changed = bytearray(sealed)
    changed[int(len(changed) * part)] ^= 1
    assert look(bytes(changed)).outcome in {Outcome.ALTERED, Outcome.UNREADABLE}


def test_a_changed_letter_of_the_text_is_called_changed(look: Look, sealed: bytes) -> None:
    place = sealed.index(b"stream\n") + 200
    changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    assert look(changed).outcome is Outcome.ALTERED


def test_the_gap_around_the_signature_holds_nothing_else(look: Look, sealed: bytes) -> None:
    """No signature covers the gap; readers overlook the case of hex digits, algorithms named twice, certificates."""
    _, before, after, _ = PdfFileReader(BytesIO(sealed)).embedded_signatures[0].byte_range
    gap = sealed[before:after]
    letter = next(place for place in range(100, len(gap)) if gap[place : place + 1].isalpha())
    for place, bit in [
        (letter, 0x20),
        *((place, 1) for place in (7, 53, 60, 86, 150, 224, len(gap) // 2, len(gap) - 5)),
    ]:
        changed = gap[:place] + bytes([gap[place] ^ bit]) + gap[place + 1 :]
        assert look(sealed[:before] + changed + sealed[after:]).outcome in {Outcome.ALTERED, Outcome.UNREADABLE}


@pytest.mark.parametrize("what", [{"painted": True}, {"note": True}, {}])
def test_an_update_appended_to_a_sealed_file_is_refused(look: Look, sealed: bytes, what: dict[str, bool]) -> None:
    assert look(appended(sealed, **what)).outcome is Outcome.ALTERED


def test_bytes_before_or_after_are_refused(look: Look, sealed: bytes) -> None:
    assert look(sealed + b"\n").outcome is Outcome.ALTERED
    assert look(b"\n" + sealed).outcome is Outcome.NOT_PDF
    assert look(b"%PDF-1.7\n" + sealed).outcome in {Outcome.ALTERED, Outcome.UNREADABLE}


def test_a_file_saved_anew_is_not_genuine(look: Look, sealed: bytes) -> None:
    output = BytesIO()
    copy_into_new_writer(PdfFileReader(BytesIO(sealed))).write(output)
    assert look(output.getvalue()).outcome in {Outcome.ALTERED, Outcome.UNREADABLE}


def test_a_foreign_authority_is_said_to_be_unknown_until_it_is_named(
    worker: Worker, minutes_pdf: bytes, authority: Authority
) -> None:
    other = new_authority("福苑里社区")  # the same name, another installation
    pdf = samples.seal(minutes_pdf, other)
    found = inspect(pdf, [authority.certificate], worker=worker)
    assert found.outcome is Outcome.FOREIGN
    assert found.authority == ""
    assert inspect(pdf, [], worker=worker).outcome is Outcome.FOREIGN
    assert inspect(pdf, [authority.certificate, other.certificate], worker=worker).genuine
    changed = pdf.replace(b"/Lang", b"/Lung", 1)
    assert inspect(changed, [authority.certificate], worker=worker).outcome is Outcome.ALTERED


def test_a_signer_s_certificate_is_not_an_authority(worker: Worker, minutes_pdf: bytes, authority: Authority) -> None:
    event = authority.certify("骗子", "书记员")
    forged = Authority(event.key, event.certificate)  # signs as if it were one
    found = inspect(samples.seal(minutes_pdf, forged), [authority.certificate], worker=worker)
    assert found.outcome is not Outcome.GENUINE


def test_what_a_retired_authority_signed_stays_genuine(worker: Worker, minutes_pdf: bytes, tmp_path: Path) -> None:
    old, _ = ensure_authority(tmp_path)
    pdf = samples.seal(minutes_pdf, old)
    retire_authority(tmp_path)
    ensure_authority(tmp_path)
    assert inspect(pdf, known_certificates(tmp_path), worker=worker).genuine


@pytest.mark.parametrize("years", [-60, 20])
def test_the_age_of_an_authority_changes_nothing(worker: Worker, minutes_pdf: bytes, years: int) -> None:
    """It ran out thirty years ago, or a demo's clock stands in the future."""
    aged = new_authority(now=datetime.now(UTC) + timedelta(days=365 * years))
    assert inspect(samples.seal(minutes_pdf, aged), [aged.certificate], worker=worker).genuine


@pytest.mark.parametrize(
    ("check", "outcome", "sound"),
    [
        (Check(), Outcome.GENUINE, True),
        (Check(sound=False), Outcome.CONTRADICTED, False),
        (Check(head="0" * 64), Outcome.CONTRADICTED, False),
    ],
)
def test_the_attached_record_is_checked_against_the_document(
    worker: Worker, sealed: bytes, authority: Authority, check: Check, outcome: Outcome, sound: bool
) -> None:
    given: list[bytes] = []

    def check_record(record: bytes) -> Check:
        given.append(record)
        return check

    found = inspect(sealed, [authority.certificate], check_record=check_record, worker=worker)
    assert (found.outcome, found.record_sound) == (outcome, sound)
    assert given == [samples.RECORD]


def test_a_file_without_a_signature_says_so(look: Look, minutes_pdf: bytes) -> None:
    found = look(minutes_pdf)
    assert found.outcome is Outcome.UNSIGNED
    assert found.number == "福苑里议纪〔2026〕47号"


@pytest.mark.parametrize("data", [b"", b"GIF89a", "福苑里".encode(), b"<html>", b"%PDX-1.7"])
def test_what_is_no_pdf_is_said_to_be_none(look: Look, data: bytes) -> None:
    assert look(data).outcome is Outcome.NOT_PDF


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"[" * 200_000 + b"\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\n" + b"<<" * 200_000 + b"\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\ntrailer <</Root 1 0 R /Prev 9>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\n" + bytes(range(256)) * 400,
    ],
)
def test_broken_and_hostile_files_cannot_be_read_and_do_no_harm(look: Look, data: bytes) -> None:
    assert look(data).outcome is Outcome.UNREADABLE


def test_a_cut_file_is_refused(look: Look, sealed: bytes) -> None:
    for length in (100, len(sealed) // 2, len(sealed) - 1, len(sealed) - 200):
        assert look(sealed[:length]).outcome in {Outcome.ALTERED, Outcome.UNREADABLE}


def test_an_encrypted_file_cannot_be_read(look: Look, minutes_pdf: bytes) -> None:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(minutes_pdf)))
    writer.encrypt("owner", "user")
    output = BytesIO()
    writer.write(output)
    assert look(output.getvalue()).outcome is Outcome.UNREADABLE


def test_a_file_above_the_limit_is_not_even_opened(look: Look) -> None:
    assert look(b"%PDF-1.7" + bytes(LARGEST)).outcome is Outcome.TOO_LARGE


def test_a_bomb_in_the_attachment_is_not_unpacked(worker: Worker, authority: Authority) -> None:
    pdf = render(samples.resolution(), record=bytes(LARGEST + 1), worker=worker)
    assert len(pdf) < LARGEST
    found = inspect(samples.seal(pdf, authority), [authority.certificate], worker=worker)
    assert found.record is None


@pytest.fixture
def small() -> Iterator[Worker]:
    worker = Worker(memory=200 << 20)
    yield worker
    worker.stop()


def bomb(size: int) -> bytes:
    """A PDF whose cross-reference stream unpacks to `size` bytes."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()
    head = b"%PDF-1.7\n"
    entries = b"<</Type/XRef/Size 2/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>" % len(packed)
    body = b"1 0 obj\n" + entries + b"\nstream\n" + packed + b"\nendstream\nendobj\n"
    return head + body + b"startxref\n%d\n%%%%EOF" % len(head)


def test_a_bomb_in_the_file_itself_hits_the_worker_s_limit(small: Worker, sealed: bytes, authority: Authority) -> None:
    assert inspect(bomb(600 << 20), [], worker=small).outcome is Outcome.UNREADABLE
    assert inspect(sealed, [authority.certificate], worker=small).genuine


def test_a_file_that_takes_too_long_is_given_up(worker: Worker, sealed: bytes, authority: Authority) -> None:
    assert inspect(sealed, [authority.certificate], worker=worker, seconds=0.001).outcome is Outcome.UNREADABLE
    assert inspect(sealed, [authority.certificate], worker=worker).genuine


def test_a_busy_worker_is_not_the_file_s_fault(sealed: bytes) -> None:
    busy = Worker(queue_seconds=0.01)
    busy._turn.acquire()
    with pytest.raises(DocumentError) as refused:
        inspect(sealed, [], worker=busy)
    assert refused.value.code == "worker_busy"


def test_every_outcome_has_its_word_and_sentence() -> None:
    assert set(WORDS) == set(SENTENCES) == set(Outcome)

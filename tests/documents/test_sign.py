"""The seal, judged by tools that are not ours."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import parser
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from sessions.documents.authority import Authority
from sessions.documents.sign import asn1_certificate
from tests.documents import samples
from tests.documents.samples import tool


def test_pyhanko_calls_it_valid_and_trusted(sealed: bytes, authority: Authority) -> None:
    signature = PdfFileReader(BytesIO(sealed)).embedded_signatures[0]
    context = ValidationContext(trust_roots=[asn1_certificate(authority.certificate)], allow_fetching=False)
    status = validate_pdf_signature(signature, signer_validation_context=context)
    assert status.bottom_line
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert signature.docmdp_level == MDPPerm.FILL_FORMS
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


def test_pdfsig_calls_it_valid(sealed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed)
    said = tool("pdfsig", file)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "title=书记员,CN=白雪,O=福苑里社区居民议事会,C=CN" in said
    assert "ETSI.CAdES.detached" in said


def test_the_time_is_the_one_given(sealed: bytes) -> None:
    signature = PdfFileReader(BytesIO(sealed)).embedded_signatures[0]
    assert signature.self_reported_timestamp == samples.SIGNED_AT
    assert signature.sig_object["/Reason"] == "签发纪要"
    assert signature.sig_object["/Location"] == "楼门议事厅"


def test_the_pages_and_the_record_are_untouched(minutes_pdf: bytes, sealed: bytes, tmp_path: Path) -> None:
    assert sealed.startswith(minutes_pdf)
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed)
    tool("pdfdetach", "-save", "1", "-o", tmp_path / "out.json", file)
    assert (tmp_path / "out.json").read_bytes() == samples.RECORD


def test_the_authority_s_certificate_travels_with_it(sealed: bytes, authority: Authority) -> None:
    signature = PdfFileReader(BytesIO(sealed)).embedded_signatures[0]
    embedded = [certificate.dump() for certificate in signature.other_embedded_certs]
    assert asn1_certificate(authority.certificate).dump() in embedded


def test_there_is_no_room_beside_the_signature(sealed: bytes) -> None:
    content = PdfFileReader(BytesIO(sealed)).embedded_signatures[0].pkcs7_content
    assert parser.peek(content) == len(content)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.9999])
def test_pdfsig_refuses_it_after_one_byte_is_changed(sealed: bytes, part: float, tmp_path: Path) -> None:
    changed = bytearray(sealed)
    changed[int(len(changed) * part)] ^= 1
    file = tmp_path / "changed.pdf"
    file.write_bytes(changed)
    said = subprocess.run(["pdfsig", str(file)], capture_output=True, check=False).stdout
    assert b"Signature is Valid" not in said

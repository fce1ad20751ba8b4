"""Reading a stranger's PDF, inside the worker process: its signatures, its facts, its attached record."""

from __future__ import annotations

import logging
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from asn1crypto import parser as asn1_parser
from asn1crypto import x509 as asn1_x509
from asn1crypto.algos import DigestAlgorithm, SignedDigestAlgorithm
from asn1crypto.cms import ContentInfo
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import TrailerDictionary
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor

LARGEST = 20 * 1024 * 1024  # bytes, of a file and of the record in it
MOST_SIGNATURES = 20
SHA256 = DigestAlgorithm({"algorithm": "sha256"})
RSA_SHA256 = SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
FACTS = ("HallKind", "HallNumber", "HallCheckCode", "HallRecordDigest", "HallRecordSeq")


@dataclass(frozen=True)
class Examined:
    """What stands in a file. `problem` is why nothing can be said; signer, role … are those of the first signature.

    `intact`: every signature holds and the newest covers the whole file. `authority`: the fingerprint of the trusted
    certificate behind all of them, empty if there is none.
    """

    problem: str = ""
    signatures: int = 0
    intact: bool = False
    authority: str = ""
    signer: str = ""
    role: str = ""
    organisation: str = ""
    issuer: str = ""
    signed_at: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)
    record: bytes | None = None


def examine(pdf: bytes, trusted: list[bytes]) -> Examined:
    """The worker's job. `trusted` are certificates in DER. Never raises for what is in the file, save MemoryError."""
    for noisy in ("pyhanko", "pyhanko_certvalidator"):  # a broken file is an answer here, not an error to log
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    try:
        reader = PdfFileReader(BytesIO(pdf), strict=True)
        if reader.encrypted:
            return Examined(problem="encrypted")
        examined = Examined(facts=_facts(reader), record=_record(reader))
        signatures = reader.embedded_signatures
    except MemoryError:
        raise
    except Exception as error:  # pyHanko raises many kinds for broken files, RecursionError among them
        return Examined(problem=type(error).__name__)
    if not signatures:
        return examined
    if len(signatures) > MOST_SIGNATURES or len(signatures) != len(reader.embedded_regular_signatures):
        return Examined(problem="signatures of a kind or number that is not made here")
    try:
        if not all(_wrapped_exactly(pdf, each) for each in signatures):
            return replace(examined, signatures=len(signatures), intact=False)
        return _signatures(signatures, examined, [asn1_x509.Certificate.load(each) for each in trusted])
    except MemoryError:
        raise
    except Exception:  # a signature that cannot even be parsed is a broken signature
        return replace(examined, signatures=len(signatures), intact=False)


def _signatures(signatures: list[Any], examined: Examined, trusted: list[asn1_x509.Certificate]) -> Examined:
    first = signatures[0]
    subject = first.signer_cert.subject.native
    examined = replace(
        examined,
        signatures=len(signatures),
        signer=_text(subject.get("common_name")),
        role=_text(subject.get("title")),
        organisation=_text(subject.get("organization_name")),
        issuer=_text(first.signer_cert.issuer.human_friendly),
        signed_at=first.self_reported_timestamp,
    )
    statuses = [_status(each, trusted) for each in signatures]
    if not all(_holds(status) for status in statuses):
        return examined
    if statuses[-1].coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return examined
    if "HallKind" in examined.facts and not all(_in_our_form(each) for each in signatures):
        return examined
    vouching = {_anchor(status) for status in statuses}
    return replace(examined, intact=True, authority=vouching.pop() if len(vouching) == 1 else "")


def _wrapped_exactly(pdf: bytes, signature: Any) -> bool:
    """Whether the gap that no signature covers holds its signature, in plain hex, then zeros, and nothing else.

    Readers overlook both another spelling of the hex digits and bytes after the signature.
    """
    _, before, after, _ = signature.byte_range
    content = signature.pkcs7_content
    spelled = content.hex().encode()
    length = asn1_parser.peek(content)
    return pdf[before:after] in (b"<" + spelled + b">", b"<" + spelled.upper() + b">") and not any(content[length:])


def _in_our_form(signature: Any) -> bool:
    """Whether a document of this program carries its signature exactly as `sign` writes it.

    CMS does not cover its own wrapping, nor the certificates that travel beside a signature. Pinning them leaves no
    byte of a file that could be changed unseen.
    """
    content, info, leaf = signature.pkcs7_content, signature.signer_info, signature.signer_cert
    data = signature.signed_data
    if len(signature.other_embedded_certs) != 1 or info["unsigned_attrs"].native:
        return False
    if ContentInfo.load(content).dump(force=True) != content or data["version"].native != "v1":
        return False
    if data["encap_content_info"].native != {"content_type": "data", "content": None}:
        return False
    if [each.dump() for each in data["digest_algorithms"]] != [SHA256.dump()] or info["version"].native != "v1":
        return False
    if info["digest_algorithm"].dump() != SHA256.dump() or info["signature_algorithm"].dump() != RSA_SHA256.dump():
        return False
    try:
        authority = x509.load_der_x509_certificate(signature.other_embedded_certs[0].dump())
        authority.verify_directly_issued_by(authority)
        x509.load_der_x509_certificate(leaf.dump()).verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _status(signature: Any, trusted: list[asn1_x509.Certificate]) -> PdfSignatureStatus:
    """pyHanko's judgement at a moment at which the signer's certificate was valid.

    Nothing is fetched and there is no timestamp, so a certificate's age says nothing about the file: what an
    authority signed stays signed after its certificate has run out.
    """
    validity = signature.signer_cert
    moment = min(max(datetime.now(UTC), validity.not_valid_before), validity.not_valid_after)
    context = ValidationContext(trust_roots=trusted, moment=moment, allow_fetching=False)
    return validate_pdf_signature(signature, signer_validation_context=context)


def _holds(status: PdfSignatureStatus) -> bool:
    """Everything of pyHanko's bottom line but the trust in the authority, which is told apart."""
    changes_allowed = status.modification_level is None or status.docmdp_ok
    return bool(status.intact and status.valid and status.seed_value_ok and changes_allowed)


def _anchor(status: PdfSignatureStatus) -> str:
    """The fingerprint of the trusted certificate that stands behind a signature; empty if there is none."""
    if not status.bottom_line or status.validation_path is None:
        return ""
    anchor = status.validation_path.trust_anchor
    return str(anchor.certificate.sha256.hex()) if isinstance(anchor, CertTrustAnchor) else ""


def _facts(reader: PdfFileReader) -> dict[str, str]:
    """What `render` wrote into the information dictionary, each at most 200 characters."""
    information = _entry(reader.trailer, "/Info")
    if not isinstance(information, generic.DictionaryObject):
        return {}
    found = {name: _entry(information, "/" + name) for name in FACTS}
    return {name: _text(value) for name, value in found.items() if isinstance(value, str)}


def _entry(dictionary: Any, name: str) -> Any:
    """An entry of a dictionary of the file, references followed (`get` would not); None if it is no dictionary."""
    if isinstance(dictionary, dict | TrailerDictionary) and name in dictionary:
        return dictionary[name]
    return None


def _record(reader: PdfFileReader) -> bytes | None:
    """The attached record.json, or None. Only what /AF of the catalogue names, as PDF/A-3 demands, is looked at."""
    associated = _entry(reader.root, "/AF")
    if not isinstance(associated, generic.ArrayObject):
        return None
    for place in range(min(len(associated), 8)):
        file = associated[place]
        if _entry(file, "/UF") != "record.json":
            continue
        stream = _entry(_entry(file, "/EF"), "/F")
        if isinstance(stream, generic.StreamObject):
            return _unpacked(stream)
    return None


def _unpacked(stream: generic.StreamObject) -> bytes | None:
    """The stream's bytes, unpacked no further than `LARGEST`; None if there are more, or packed in another way."""
    packing = _entry(stream, "/Filter")
    if packing is None:
        data = stream.encoded_data
    elif packing in ("/FlateDecode", ["/FlateDecode"]):
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(stream.encoded_data, LARGEST + 1)
    else:
        return None
    return data if len(data) <= LARGEST else None


def _text(value: object) -> str:
    """A stranger's text, short and without controls. (Several values of one kind come as a list.)"""
    if isinstance(value, list):
        value = "、".join(str(each) for each in value)
    return "".join(char for char in str(value or "")[:200] if char.isprintable())

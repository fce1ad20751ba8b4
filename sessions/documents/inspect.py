"""Is this file genuine 验真? Outcome and facts of any PDF, ours or a stranger's.

真实有效 needs all of: every signature intact, valid and unbroken by later changes; the newest one covers the whole
file (an update appended to a signed PDF can paint over a page, and pdfsig still calls it valid); an authority that is
this installation's, now or earlier, or one that was named; and an attached record that verifies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .errors import DocumentError
from .examine import LARGEST, Examined, examine
from .worker import Worker, shared

SECONDS = 30


class Outcome(StrEnum):
    """What can be said of a file."""

    GENUINE = "genuine"
    FOREIGN = "foreign"
    ALTERED = "altered"
    CONTRADICTED = "contradicted"
    UNSIGNED = "unsigned"
    NOT_PDF = "not_pdf"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


WORDS: dict[Outcome, Promise] = {
    Outcome.GENUINE: _("Genuine"),
    Outcome.FOREIGN: _("Content complete, signing authority unknown"),
    Outcome.ALTERED: _("The file has been changed"),
    Outcome.CONTRADICTED: _("The signature is right, the attached record is not"),
    Outcome.UNSIGNED: _("Not signed"),
    Outcome.NOT_PDF: _("Not a PDF file"),
    Outcome.UNREADABLE: _("The file cannot be read"),
    Outcome.TOO_LARGE: _("The file is too large"),
}
SENTENCES: dict[Outcome, Promise] = {
    Outcome.GENUINE: _("This file was signed by this hall's authority and nothing in it has been changed since."),
    Outcome.FOREIGN: _(
        "Nothing in this file has been changed since it was signed, but the authority that signed it is not known here."
    ),
    Outcome.ALTERED: _("This file is no longer what was signed. Do not rely on it; ask for the original."),
    Outcome.CONTRADICTED: _(
        "Nothing was changed after signing, but the record attached to the file does not agree with itself or with "
        "the digest in the document. Please tell the office."
    ),
    Outcome.UNSIGNED: _("This PDF carries no signature, so nothing can be said about where it comes from."),
    Outcome.NOT_PDF: _("Please choose the PDF file of the document."),
    Outcome.UNREADABLE: _("This PDF is damaged, encrypted or unusual and could not be checked."),
    Outcome.TOO_LARGE: _("Files of up to 20 MB can be checked here."),
}


class RecordCheck(Protocol):
    """What a check of the attached record found, e.g. `sessions.record.chain.Verification`."""

    @property
    def sound(self) -> bool: ...

    @property
    def head(self) -> str: ...


@dataclass(frozen=True)
class Inspection:
    """The outcome, and what the file says about itself.

    `kind`, `number`, `check_code`, `record_digest` and `record` are the file's own claims: true for a genuine file,
    a foreign authority's word for a foreign one, worth nothing otherwise. `record_sound` is None where no record
    was attached or no check was asked for. `authority` is the fingerprint (SHA-256, hex) that vouches for it.
    """

    outcome: Outcome
    sha256: str
    size: int
    signer: str = ""
    role: str = ""
    organisation: str = ""
    issuer: str = ""
    signed_at: datetime | None = None
    signatures: int = 0
    authority: str = ""
    kind: str = ""
    number: str = ""
    check_code: str = ""
    record_digest: str = ""
    record_seq: int | None = None
    record: bytes | None = None
    record_sound: bool | None = None

    @property
    def genuine(self) -> bool:
        return self.outcome is Outcome.GENUINE

    @property
    def word(self) -> Promise:
        return WORDS[self.outcome]

    @property
    def sentence(self) -> Promise:
        return SENTENCES[self.outcome]


def inspect(
    pdf: bytes,
    authorities: Sequence[x509.Certificate],
    *,
    check_record: Callable[[bytes], RecordCheck] | None = None,
    worker: Worker = shared,
    seconds: float = SECONDS,
) -> Inspection:
    """The inspection of `pdf`, whatever it is; `authorities` are trusted whether or not they have expired since.

    `check_record` recomputes the attached record (`sessions.record.chain.verify_export`); its head must be the digest
    the document carries. The file is parsed in the worker process, within `seconds` and its memory. Raises only
    `DocumentError` worker_busy: not the file's fault, try again.
    """
    found = Inspection(Outcome.UNREADABLE, hashlib.sha256(pdf).hexdigest(), len(pdf))
    if len(pdf) > LARGEST:
        return replace(found, outcome=Outcome.TOO_LARGE)
    if not pdf.startswith(b"%PDF-"):
        return replace(found, outcome=Outcome.NOT_PDF)
    trusted = [each.public_bytes(serialization.Encoding.DER) for each in authorities]
    try:
        examined = worker.call(examine, pdf, trusted, seconds=seconds)
    except DocumentError as error:
        if error.code == "worker_busy":
            raise
        return found  # too slow, too hungry, or beyond the reader: a hostile or broken file
    return _judged(found, examined, check_record)


def _judged(found: Inspection, examined: Examined, check_record: Callable[[bytes], RecordCheck] | None) -> Inspection:
    if examined.problem:
        return found
    facts = examined.facts
    found = replace(
        found,
        signer=examined.signer,
        role=examined.role,
        organisation=examined.organisation,
        issuer=examined.issuer,
        signed_at=examined.signed_at,
        signatures=examined.signatures,
        kind=facts.get("HallKind", ""),
        number=facts.get("HallNumber", ""),
        check_code=facts.get("HallCheckCode", ""),
        record_digest=facts.get("HallRecordDigest", ""),
        record_seq=int(facts["HallRecordSeq"]) if facts.get("HallRecordSeq", "").isdecimal() else None,
        record=examined.record,
    )
    if not examined.signatures:
        return replace(found, outcome=Outcome.UNSIGNED)
    if not examined.intact:
        return replace(found, outcome=Outcome.ALTERED)
    if examined.record is not None and check_record is not None:
        check = check_record(examined.record)
        sound = check.sound and (not found.record_digest or check.head == found.record_digest)
        found = replace(found, record_sound=sound)
        if not sound:
            return replace(found, outcome=Outcome.CONTRADICTED)
    if not examined.authority:
        return replace(found, outcome=Outcome.FOREIGN)
    return replace(found, outcome=Outcome.GENUINE, authority=examined.authority)

"""Sealing a PDF: one invisible PAdES B-B certification signature 认证签名 over the whole file."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from .authority import Authority, EventCertificate

FIELD = "seal"


def sign(
    pdf: bytes,
    authority: Authority,
    *,
    signer_name: str,
    role: str,
    reason: str,
    location: str,
    at: datetime,
    organisation: str = "",
) -> bytes:
    """`pdf` with the seal of `signer_name`, signed at `at` (the hall's clock) by an event certificate of `authority`.

    DocMDP 2: later signatures may follow, everything else breaks the seal. The field is invisible, so that the file
    stays PDF/A-3a and PDF/UA-1; the authority's certificate is embedded. Takes 0.3–1 s, adds about 10 KB, and must
    not be called on an event loop (pyHanko runs its own).
    """
    event = authority.certify(signer_name, role, organisation)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec(FIELD, on_page=0, readable_field_name="议事厅文件认证"))
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=signer_name,
        reason=reason,
        location=location,
        certify=True,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
        subfilter=fields.SigSeedSubFilter.PADES,
        tight_size_estimates=True,  # no padding: it would be the one place where a changed byte goes unseen
    )
    signer = _TimedSigner(metadata, _signer(event, authority))
    signer.at = at
    output: BytesIO = signer.sign_pdf(writer, existing_fields_only=True)
    return output.getvalue()


class _TimedSigner(signers.PdfSigner):
    """A signer whose /M is the given instant: the time printed in the document and that of the seal are one."""

    at: datetime

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.at
        return session


def _signer(event: EventCertificate, authority: Authority) -> signers.SimpleSigner:
    store = SimpleCertificateStore()
    store.register(asn1_certificate(authority.certificate))
    key = event.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signers.SimpleSigner(
        signing_cert=asn1_certificate(event.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(key),
        cert_registry=store,
    )


def asn1_certificate(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The certificate in the form pyHanko works with."""
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))

"""The signing authority 签名机构 of an installation: one local CA, and a fresh certificate for each signing act.

RSA-3072: P-256 would be five to ten times faster, but a document is signed a few times a day and read for decades by
whatever reader an office has, so the cautious choice wins. Nobody's private key is ever stored but the authority's:
an event certificate's key is made in memory, used once and dropped. Such a signature shows that the file is unchanged
since this installation made it; it is not a CA-issued 可靠的电子签名 (电子签名法, art. 13).

Files in the folder (0700): ca.p12 (0600, PBES2 with AES-256), ca.pem (the public certificate), passphrase (0600, only
if none is given from outside; beside the key it protects nothing but a copy of ca.p12 alone), retired/*.pem
(certificates of earlier authorities, kept for ever).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from django.conf import settings

from .errors import DocumentError

LIFE = timedelta(days=30 * 365)  # 永久保管 outlives any life; old certificates stay trusted (inspect.py)
EARLY = timedelta(days=1)  # clocks of laptops differ
ROUNDS = 200_000
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336; emailProtection beside it for NSS and poppler


def certificate_fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the certificate, hex in groups of four: 3F9A 1C7E …, as printed on the notice board."""
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


@dataclass(frozen=True)
class EventCertificate:
    """A key that lives for one signing act, and the certificate that names who signs in which role."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True)
class Authority:
    """An opened authority: it can certify. For verification its public `certificate` is enough."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return certificate_fingerprint(self.certificate)

    @property
    def pem(self) -> bytes:
        """The public certificate, for the verification page."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def certify(self, name: str, role: str, organisation: str = "") -> EventCertificate:
        """A certificate for one signing act of `name` in `role`, with a new key. Takes 0.1–0.7 s for the key.

        It lives as long as the authority: an expired one would be judged untrusted by every reader.
        """
        key = _new_key()
        subject = _name(name, organisation, role)
        builder = _builder(subject, self.certificate.subject, key, self.key)
        certificate = (
            builder.not_valid_before(self.certificate.not_valid_before_utc)
            .not_valid_after(self.certificate.not_valid_after_utc)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )
        return EventCertificate(key, certificate)


def new_authority(name: str = "", *, now: datetime | None = None) -> Authority:
    """A new authority in memory. `name` is the hall's or office's, so that two installations can be told apart."""
    moment = now or datetime.now(UTC)
    key = _new_key()
    # Two installations of one name are still two: their subjects differ by four random digits.
    subject = _name(f"议事厅签名机构 {secrets.token_hex(2).upper()}", name)
    certificate = (
        _builder(subject, subject, key, key)
        .not_valid_before(moment - EARLY)
        .not_valid_after(moment + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


def open_authority(folder: Path, passphrase: str = "") -> Authority:
    """The authority kept in `folder`.

    Raises `DocumentError`: authority_missing, authority_locked (wrong or lost passphrase), authority_unreadable.
    """
    try:
        sealed = (folder / "ca.p12").read_bytes()
    except FileNotFoundError:
        raise DocumentError("authority_missing") from None
    except OSError as error:
        raise DocumentError("authority_unreadable", reason=str(error)) from error
    try:
        secret = passphrase or (folder / "passphrase").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise DocumentError("authority_locked") from None
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(sealed, secret.encode())
    except ValueError:
        raise DocumentError("authority_locked") from None
    if not isinstance(key, rsa.RSAPrivateKey) or certificate is None or certificate.public_key() != key.public_key():
        raise DocumentError("authority_unreadable", reason="ca.p12")
    return Authority(key, certificate)


def ensure_authority(
    folder: Path, passphrase: str = "", *, name: str = "", now: datetime | None = None
) -> tuple[Authority, bool]:
    """The authority in `folder`, made if there is none, and whether this call made it.

    Of several processes that start at once one makes it and all get that one: every file appears whole, by a link
    that fails where the name is taken. Raises `DocumentError` as `open_authority` does.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = False
    if not (folder / "ca.p12").exists():
        secret = passphrase
        if not secret:
            _appear(folder / "passphrase", secrets.token_urlsafe(32).encode())
            secret = (folder / "passphrase").read_text("ascii").strip()
        made = _appear(folder / "ca.p12", _sealed(new_authority(name, now=now), secret))
    authority = open_authority(folder, passphrase)
    _appear(folder / "ca.pem", authority.pem, mode=0o644)
    return authority, made


def retire_authority(folder: Path) -> Path:
    """Put the authority out of use and keep its certificate for ever; the next `ensure_authority` makes a new one.

    What it signed stays 真实有效. Returns the certificate's new place. The key is deleted.
    """
    certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    retired = folder / "retired"
    retired.mkdir(mode=0o700, exist_ok=True)
    place = retired / f"{certificate.fingerprint(hashes.SHA256()).hex()[:16]}.pem"
    _appear(place, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    for name in ("ca.p12", "ca.pem", "passphrase"):
        (folder / name).unlink(missing_ok=True)
    return place


def known_certificates(folder: Path) -> list[x509.Certificate]:
    """The certificates this installation vouches for: its own first, then the retired ones. Needs no passphrase."""
    files = [folder / "ca.pem", *sorted((folder / "retired").glob("*.pem"))]
    return [load_certificate(path) for path in files if path.exists()]


def installed_folder() -> Path:
    """Where this installation keeps its authority: <data>/authority."""
    return Path(settings.DATA) / "authority"


def installed_passphrase() -> str:
    """HALL_AUTHORITY_PASSPHRASE, if one is given; else the folder's own passphrase file is used."""
    return str(getattr(settings, "AUTHORITY_PASSPHRASE", ""))


def installed_authority() -> Authority:
    """This installation's authority, opened for signing. Raises `DocumentError` as `open_authority` does."""
    return open_authority(installed_folder(), installed_passphrase())


def load_certificate(path: Path) -> x509.Certificate:
    """A certificate from a PEM or DER file. Raises `DocumentError` certificate_unreadable."""
    try:
        data = path.read_bytes()
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except (OSError, ValueError) as error:
        raise DocumentError("certificate_unreadable", file=path.name) from error


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _name(common: str, organisation: str = "", title: str = "") -> x509.Name:
    """A distinguished name. `cryptography` takes 64 bytes in each part, 21 Chinese characters; longer ones are cut."""
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]
    for oid, text in (
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, common),
        (NameOID.TITLE, title),
    ):
        if text:
            parts.append(x509.NameAttribute(oid, text.encode()[:64].decode("utf-8", "ignore")))
    return x509.Name(parts)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, issuer_key: rsa.RSAPrivateKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    """`content_commitment` is nonRepudiation; without it pyHanko signs and then refuses its own signature."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _sealed(authority: Authority, passphrase: str) -> bytes:
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(passphrase.encode())
    )
    return pkcs12.serialize_key_and_certificates(b"ca", authority.key, authority.certificate, None, encryption)


def _appear(path: Path, content: bytes, mode: int = 0o600) -> bool:
    """Let `path` appear with all of `content`, on disk, unless it exists. True if it was this call."""
    with _written(path.parent, content, mode) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


@contextmanager
def _written(folder: Path, content: bytes, mode: int) -> Iterator[str]:
    with NamedTemporaryFile(dir=folder, prefix=".new-") as file:  # made 0600
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        yield file.name

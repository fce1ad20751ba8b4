"""The signing authority: made once, kept safe, never forgotten."""

from __future__ import annotations

import multiprocessing
import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sessions.documents.authority import (
    Authority,
    certificate_fingerprint,
    ensure_authority,
    known_certificates,
    load_certificate,
    open_authority,
    retire_authority,
)
from sessions.documents.errors import DocumentError


def make(folder: Path) -> tuple[str, bool]:
    """What one of several starting processes does."""
    authority, made = ensure_authority(folder)
    return authority.fingerprint, made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_an_authority_and_the_next_opens_it(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    first, made = ensure_authority(folder, name="福苑里社区")
    again, made_again = ensure_authority(folder)
    assert (made, made_again) == (True, False)
    assert again.fingerprint == first.fingerprint
    assert open_authority(folder).certificate == first.certificate
    assert known_certificates(folder) == [first.certificate]


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    folder.mkdir(mode=0o755)
    ensure_authority(folder)
    assert mode(folder) == 0o700
    assert mode(folder / "ca.p12") == 0o600
    assert mode(folder / "passphrase") == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["ca.p12", "ca.pem", "passphrase"]


def test_several_first_starts_at_once_make_one_authority(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        outcomes = pool.map(make, [folder] * 3, chunksize=1)
        pool.close()
        pool.join()
    assert len({fingerprint for fingerprint, _ in outcomes}) == 1
    assert [made for _, made in outcomes].count(True) == 1


def test_a_start_that_was_killed_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    folder.mkdir()
    (folder / ".new-killed").write_bytes(b"half a file")
    (folder / "passphrase").write_text("the first thing that was written")
    authority, made = ensure_authority(folder)
    assert made
    assert open_authority(folder, "the first thing that was written").fingerprint == authority.fingerprint


def test_a_passphrase_from_outside_is_written_nowhere(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "correct horse")
    assert not (tmp_path / "passphrase").exists()
    assert open_authority(tmp_path, "correct horse")
    for wrong in ("", "wrong"):
        with pytest.raises(DocumentError) as refused:
            open_authority(tmp_path, wrong)
        assert refused.value.code == "authority_locked"
        with pytest.raises(DocumentError):  # and none is made over it
            ensure_authority(tmp_path, wrong)


def test_a_missing_or_broken_authority_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as missing:
        open_authority(tmp_path)
    assert missing.value.code == "authority_missing"
    (tmp_path / "ca.p12").write_bytes(b"not a key")
    (tmp_path / "passphrase").write_text("x")
    with pytest.raises(DocumentError) as broken:
        open_authority(tmp_path)
    assert broken.value.code == "authority_locked"


def test_the_certificate_is_a_root_for_signers_alone(authority: Authority) -> None:
    certificate = authority.certificate
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc > timedelta(days=3650)
    assert authority.key.key_size == 3072
    certificate.verify_directly_issued_by(certificate)


def test_an_event_certificate_names_the_signer_and_may_only_sign(authority: Authority) -> None:
    event = authority.certify("白雪", "书记员", "福苑里社区居民议事会")
    certificate = event.certificate
    certificate.verify_directly_issued_by(authority.certificate)
    named = {part.oid: part.value for part in certificate.subject}
    assert named[NameOID.COMMON_NAME] == "白雪"
    assert named[NameOID.TITLE] == "书记员"
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    purposes = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert purposes == {ExtendedKeyUsageOID.EMAIL_PROTECTION, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")}
    assert certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc
    assert authority.certify("白雪", "书记员").certificate.public_key() != certificate.public_key()


def test_names_longer_than_a_certificate_takes_are_cut(authority: Authority) -> None:
    assert authority.certify("很" * 80, "长" * 80).certificate.subject


def test_a_retired_authority_is_remembered_and_a_new_one_takes_its_place(tmp_path: Path) -> None:
    old, _ = ensure_authority(tmp_path, "first")
    kept = retire_authority(tmp_path)
    assert kept.parent == tmp_path / "retired"
    new, made = ensure_authority(tmp_path, "second")
    assert made
    assert known_certificates(tmp_path) == [new.certificate, old.certificate]
    assert new.certificate.subject != old.certificate.subject


def test_certificates_are_read_from_pem_and_der(tmp_path: Path, authority: Authority) -> None:
    pem, der, other = tmp_path / "ca.pem", tmp_path / "ca.der", tmp_path / "notes.txt"
    pem.write_bytes(authority.pem)
    der.write_bytes(authority.certificate.public_bytes(serialization.Encoding.DER))
    other.write_bytes(b"notes")
    assert load_certificate(pem) == load_certificate(der) == authority.certificate
    for path in (other, tmp_path / "absent.pem"):
        with pytest.raises(DocumentError) as refused:
            load_certificate(path)
        assert refused.value.code == "certificate_unreadable"
        assert path.name in str(refused.value)


def test_the_fingerprint_is_the_one_other_tools_print(authority: Authority) -> None:
    der = ssl.PEM_cert_to_DER_cert(authority.pem.decode())
    same = x509.load_der_x509_certificate(der)
    assert authority.fingerprint == certificate_fingerprint(same)
    assert len(authority.fingerprint.replace(" ", "")) == 64

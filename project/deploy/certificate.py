"""A self-signed certificate for the first start (临时证书): ``python -m project.deploy.certificate FOLDER HOST``.

The proxy cannot start without one. Browsers warn of it; replace both files with those of a certificate authority.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 825  # the longest that phones accept


def make(folder: Path, host: str) -> bool:
    """Write ``fullchain.pem`` and ``privkey.pem`` (0600) unless both are there; true when written."""
    chain, private = folder / "fullchain.pem", folder / "privkey.pem"
    if chain.exists() and private.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return True


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("python -m project.deploy.certificate FOLDER HOST")
    make(Path(sys.argv[1]), sys.argv[2])

"""A certificate authority for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Pair:
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """Issues certificates; who trusts ``certificate`` trusts them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = named("Authority for tests")
        own = begun(self._name, self._key, 0, 30).issuer_name(self._name)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        own = own.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
        )
        own = own.add_extension(SIGNS_CERTIFICATES, critical=True)
        self.certificate = folder / "authority.pem"
        self._sign(own, self.certificate)

    def issue(self, domain: str, *, begins: int = 0, ends: int = 30) -> Pair:
        """A certificate for the domain, valid from and to so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        wanted = begun(named(domain), key, begins, ends).issuer_name(self._name)
        wanted = wanted.add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        # Python 3.13 trusts no certificate without it.
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        wanted = wanted.add_extension(issuer, critical=False)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        pair = Pair(
            *(self._folder / f"{key.public_key().public_numbers().x}.{end}" for end in ("pem", "key"))
        )
        self._sign(wanted.add_extension(usage, critical=False), pair.certificate)
        pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pair.key.write_bytes(key.private_bytes(*pem))
        return pair

    def _sign(self, wanted: x509.CertificateBuilder, file: Path) -> None:
        certificate = wanted.sign(self._key, hashes.SHA256())
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def named(name: str) -> x509.Name:
    """As a certificate has it."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def begun(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, begins: int, ends: int
) -> x509.CertificateBuilder:
    """A certificate that has yet to be signed."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
    )

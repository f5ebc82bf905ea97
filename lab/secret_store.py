"""The lab's secrets: its authority, certificates, passwords and SSH keys, each made once, for this lab only."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_BEGINS = timedelta(days=1)  # before now: a machine's clock may be behind
_LASTS = timedelta(days=825)
_PEM = serialization.Encoding.PEM
_PLAIN = serialization.NoEncryption()
_PASSWORD_BYTES = 24
OPERATOR = "operator"  # the SSH key that opens every host and guest of the lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who presents a certificate: a name and an address."""

    name: str
    address: IPv4Address


class SecretStore:
    """A folder of secrets; asking for one makes it where it is missing. `now` dates the certificates."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self._folder = folder
        self._now = now.astimezone(UTC)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def authority(self) -> Path:
        """The certificate of the lab's own authority."""
        return self._folder / "ca.pem"

    def password(self, name: str) -> Path:
        """The file of a password."""
        path = self._folder / f"{name}.password"
        if not path.exists():
            _write(path, secrets.token_urlsafe(_PASSWORD_BYTES).encode())
        return path

    def ssh_key(self, name: str) -> Path:
        """The file of an SSH key (ed25519); its public half lies beside it, with `.pub`."""
        path = self._folder / f"{name}.key"
        if not path.exists():
            key = ed25519.Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
            _write(path.with_suffix(".pub"), public + f" cityops-{name}\n".encode())
            _write(path, key.private_bytes(_PEM, serialization.PrivateFormat.OpenSSH, _PLAIN))
        return path

    def certificate(self, identity: Identity) -> tuple[Path, Path]:
        """The files of a server's certificate and its key, signed by the lab's authority."""
        certificate, key_file = self._folder / f"{identity.name}.pem", self._folder / f"{identity.name}.tls.key"
        if not certificate.exists():
            signing = self._make_authority()
            key = ec.generate_private_key(ec.SECP256R1())
            issuer = x509.load_pem_x509_certificate(self.authority.read_bytes())
            _write(key_file, _private(key))
            _write(certificate, self._sign_server(identity, key, issuer, signing).public_bytes(_PEM))
        return certificate, key_file

    def _make_authority(self) -> ec.EllipticCurvePrivateKey:
        path = self._folder / "ca.key"
        if not self.authority.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            _write(path, _private(key))
            _write(self.authority, self._sign_authority(key).public_bytes(_PEM))
        loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            message = f"{path} is no key of ours"
            raise TypeError(message)
        return loaded

    def _builder(self, name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _BEGINS)
            .not_valid_after(self._now + _LASTS)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )

    def _sign_authority(self, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        builder = self._builder("cityops lab authority", key)
        return (
            builder.issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cityops lab authority")]))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(authority=True), critical=True)
            .sign(key, hashes.SHA256())
        )

    def _sign_server(
        self,
        identity: Identity,
        key: ec.EllipticCurvePrivateKey,
        issuer: x509.Certificate,
        signing: ec.EllipticCurvePrivateKey,
    ) -> x509.Certificate:
        names = x509.SubjectAlternativeName([x509.DNSName(identity.name), x509.IPAddress(identity.address)])
        from_authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
        return (
            self._builder(identity.name, key)
            .issuer_name(issuer.subject)
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(from_authority, critical=False)
            .sign(signing, hashes.SHA256())
        )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, _PLAIN)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, readable by its owner alone."""
    half_way = path.with_name(f"{path.name}.new")
    half_way.unlink(missing_ok=True)
    half_way.touch(mode=0o600)
    half_way.write_bytes(content)
    half_way.rename(path)

"""The secrets of a lab."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from lab.secret_store import Identity, SecretStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SERVER = Identity(name="vcenter-alpha", address=IPv4Address("10.1.0.10"))


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets", now=NOW)
    first = store.password("vcenter-alpha")
    text = first.read_text(encoding="utf-8")
    assert len(text) >= 32
    assert store.password("vcenter-alpha").read_text(encoding="utf-8") == text
    assert store.password("vcenter-beta").read_text(encoding="utf-8") != text
    store.certificate(SERVER)
    store.ssh_key("operator")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_server_s_certificate_stands_for_its_name_and_its_address(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, now=NOW)
    path, key = store.certificate(SERVER)
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["vcenter-alpha"]
    assert names.get_values_for_type(x509.IPAddress) == [IPv4Address("10.1.0.10")]
    assert certificate.not_valid_before_utc == NOW - timedelta(days=1)
    authority = x509.load_pem_x509_certificate(store.authority.read_bytes())
    certificate.verify_directly_issued_by(authority)
    assert isinstance(authority.public_key(), ec.EllipticCurvePublicKey)
    ssl.create_default_context(cafile=str(store.authority)).load_cert_chain(path, key)


def test_servers_are_signed_by_one_authority(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, now=NOW)
    store.certificate(SERVER)
    before = store.authority.read_bytes()
    store.certificate(Identity(name="repo-alpha", address=IPv4Address("10.1.0.20")))
    assert store.authority.read_bytes() == before


def test_an_ssh_key_has_its_public_half_beside_it(tmp_path: Path) -> None:
    private = SecretStore(tmp_path, now=NOW).ssh_key("operator")
    assert private.read_text(encoding="utf-8").startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert private.with_suffix(".pub").read_text(encoding="utf-8").startswith("ssh-ed25519 ")

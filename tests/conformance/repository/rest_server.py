"""A restic server on loopback for the tests: rclone, append-only, over TLS, with a password."""

import ipaddress
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from groundwork.drivers.repository.restic import ResticLocation
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands


@contextmanager
def served_append_only(folder: Path, *, password: str, key: str = "a key") -> Iterator[ResticLocation]:
    """The repository folder, served; skips the test without rclone."""
    if shutil.which("rclone") is None or shutil.which("restic") is None:
        pytest.skip("rclone or restic is not installed")
    folder.mkdir(exist_ok=True)
    certificate, private_key = write_certificate(folder.parent)
    port = _free_port()
    argv = [
        *("rclone", "serve", "restic", "--append-only", "--addr", f"127.0.0.1:{port}", "--config", "/dev/null"),
        *("--cert", str(certificate), "--key", str(private_key), "--quiet", str(folder)),
    ]
    with LeashedCommands().start(argv, environment={"RCLONE_USER": "cityops", "RCLONE_PASS": password}):
        _wait_for(port)
        yield ResticLocation(
            site="central",
            url=f"https://127.0.0.1:{port}/",
            key=key,
            username="cityops",
            password=password,
            ca_file=str(certificate),
        )


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for loopback and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "repository under test")])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private_key = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private_key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private_key


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(100):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        SystemClock().sleep(0.1)
    pytest.fail("the restic server did not come up")

"""The lab's vCenter for tests and benchmarks: built from lab/vcenter, one process on loopback, without guests."""

import contextlib
import http.client
import ipaddress
import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from groundwork.drivers.vcenter.session import VCenterAccess
from groundwork.model.site import VCenterLocation
from groundwork.settings.secret import Secret
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands, LocalCommands

SOURCE = Path(__file__).parents[2] / "lab" / "vcenter"
ADDRESS = "127.0.0.2"  # pyVmomi does not verify TLS for 127.0.0.1 by itself
PASSWORD = "p@/:w %x\"'$(id)#?&\\`"  # noqa: S105 - made up, and hostile on purpose
LOCATION = VCenterLocation(
    address=ADDRESS,
    datacenter="dc-test",
    cluster="cluster-test",
    datastore="vsan-test",
    hypervisors=("esx-1", "esx-2", "esx-3"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A running one: how to enter it, and its control socket."""

    access: VCenterAccess
    control: Path

    def ask_for_fault(self, **rule: Any) -> None:  # noqa: ANN401 - JSON
        """See Rule in lab/vcenter/faults.go."""
        self._post("POST", "/fault", rule)

    def break_transfer(self, *, after_bytes: int, direction: str, silent: bool = False) -> None:
        """Break the next NFC transfer; with `silent`, as a server that announces no length and gives no manifest."""
        broken = {"after_bytes": after_bytes, "count": 1, "direction": direction, "silent": silent}
        self._post("POST", "/nfc-break", broken)

    def veil(self, name: str, state: str) -> None:
        """Make an object unreadable, or show it in a state; see Veil in lab/vcenter/veils.go."""
        self._post("POST", "/veil", {"object": name, "state": state})

    def forget_faults(self) -> None:
        """Take all rules back."""
        self._post("DELETE", "/fault", None)

    def _post(self, method: str, path: str, body: object) -> None:
        connection = http.client.HTTPConnection("control", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(10)
        connection.sock.connect(str(self.control))
        connection.request(method, path, json.dumps(body) if body else None)
        with contextlib.closing(connection), connection.getresponse() as answer:
            assert answer.status < 300, answer.read()


def missing_programs() -> list[str]:
    """What is needed and not installed."""
    return [name for name in ("go", "qemu-img") if program(name) is None]


@contextmanager
def simulated_vcenter(
    folder: Path, *, machines: list[dict[str, Any]], site: str = "central", guests: dict[str, Any] | None = None
) -> Iterator[Simulator]:
    """Build it (a second when nothing changed), run it in `folder`, end it; it ends with us when we are killed, too."""
    binary = folder / "vcenter"
    build = [str(program("go")), "build", "-C", str(SOURCE), "-buildvcs=false", "-o", str(binary), "."]
    LocalCommands().run(build, timeout_seconds=300)
    certificate, key = write_certificate(folder)
    (folder / "password").write_text(PASSWORD)
    config = {
        "site": site,
        "listen": f"{ADDRESS}:0",
        "certificate": str(certificate),
        "key": str(key),
        "username": "cityops@vsphere.local",
        "password_file": str(folder / "password"),
        "instance_uuid": "6a3d5f6e-0000-4000-8000-000000000001",
        "datacenter": LOCATION.datacenter,
        "cluster": LOCATION.cluster,
        "hosts": list(LOCATION.hypervisors),
        "datastore": LOCATION.datastore,
        "folders": sorted({machine["folder"] for machine in machines}),
        "networks": [{"name": "net-a", "bridge": "br-a", "vlan": 110}, {"name": "net-b", "bridge": "br-b"}],
        "machines": machines,
        "state": str(folder / "state"),
        "guests": guests,
        "control": str(folder / "control.sock"),
        "lease_timeout_seconds": 8,
    }
    (folder / "site.json").write_text(json.dumps(config))
    argv = ["/bin/sh", "-c", 'exec "$0" --config "$1" 2>"$2"', binary, folder / "site.json", folder / "log"]
    with LeashedCommands().start([str(word) for word in argv]) as running:
        ready = running.stdout.readline().decode().split()
        assert ready[:1] == ["ready"], (folder / "log").read_text()[-2000:]
        access = VCenterAccess(
            site=site,
            location=replace(LOCATION, address=ready[1][8:]),
            username="cityops@vsphere.local",
            password=Secret.of(PASSWORD),
            ca_file=certificate,
        )
        yield Simulator(access=access, control=folder / "control.sock")


def machine(name: str, number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """One of the machines that are there from the start."""
    return {
        "name": name,
        "uuid": f"6a3d5f6e-0000-4000-9000-{number:012x}",
        "vcpus": 2,
        "memory_mib": 2048,
        "disk_gib": 1,
        "network": "net-a",
        "mac": f"02:00:00:00:{number // 256:02x}:{number % 256:02x}",
        "address": "10.10.10.11",
        "folder": "digital",
        "annotation": "cityops: agency=digital service=web tier=1",
        "powered_on": True,
        "template": False,
        "disk": "",
        "guestinfo": {},
    } | changes


def program(name: str) -> str | None:
    """Where a program is, Go's usual places included."""
    return shutil.which(name) or shutil.which(name, path="/usr/local/go/bin:/usr/lib/go/bin")


def write_certificate(folder: Path, address: str = ADDRESS) -> tuple[Path, Path]:
    """A certificate for that address, its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vCenter under test")])
    now = SystemClock().now()
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "server.pem", folder / "server.key"

"""How each kind of probe looks at a machine from the network it runs in; a failed look is a result."""

import http.client
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import testinfra

from groundwork.drivers.probe.protocol import ProbeResult
from groundwork.model.service import Probe

_TIMEOUT_SECONDS = 4.0
_REACH_SECONDS = 2.0
_EXTRACT = 160  # characters of a page that the record keeps
_CANARY_AT_BOOT = "/var/lib/canary.at-boot"  # the newest canary the disk held before this boot


def look(probe: Probe, *, address: str, ssh_key_file: str) -> ProbeResult:
    """One look; whatever goes wrong on the way is told in `seen`."""
    looks: dict[str, Callable[[], ProbeResult]] = {
        "http": lambda: _look_at_page(probe, address),
        "tcp": lambda: _look_at_port(probe, address),
        "ssh": lambda: _look_inside(probe, address, ssh_key_file),
        "canary": lambda: _look_for_canary(address, ssh_key_file),
    }
    try:
        return looks[probe.kind]()
    except (OSError, http.client.HTTPException, RuntimeError, ValueError, LookupError, AssertionError) as error:
        # testinfra raises RuntimeError where SSH fails, AssertionError where the command does.
        return ProbeResult(ok=False, seen=f"{type(error).__name__}: {error}"[:_EXTRACT])


def reaches(address: str, port: int) -> bool:
    """True when the far side answers at all: the connection opens or is refused by it."""
    try:
        with socket.create_connection((address, port), timeout=_REACH_SECONDS):
            return True
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


def _look_at_page(probe: Probe, address: str) -> ProbeResult:
    connection = http.client.HTTPConnection(address, probe.port or 80, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", probe.path)
        answer = connection.getresponse()
        text = answer.read(65536).decode("utf-8", errors="replace")
    finally:
        connection.close()
    return ProbeResult(
        ok=answer.status == http.client.OK and probe.contains in text,
        seen=f"{answer.status}: {' '.join(text.split())}"[:_EXTRACT],
    )


def _look_at_port(probe: Probe, address: str) -> ProbeResult:
    with socket.create_connection((address, probe.port), timeout=_TIMEOUT_SECONDS) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            text = connection.recv(1024).decode("utf-8", errors="replace")
        except TimeoutError:
            text = ""  # many a server waits for its client to speak first
    return ProbeResult(ok=probe.contains in text, seen=text.strip()[:_EXTRACT] or "accepts, says nothing")


def _look_inside(probe: Probe, address: str, ssh_key_file: str) -> ProbeResult:
    host = _inside(address, ssh_key_file)
    hostname = host.check_output("hostname")
    writes = host.run("touch /var/lib/.probe && rm /var/lib/.probe").rc == 0
    canary = host.file("/var/lib/canary").exists
    disk = "writable" if writes else "read-only"
    seen = f"hostname {hostname}, disk {disk}, canary {'there' if canary else 'missing'}"
    return ProbeResult(ok=hostname == probe.machine and writes and canary, seen=seen)


def _look_for_canary(address: str, ssh_key_file: str) -> ProbeResult:
    words = _inside(address, ssh_key_file).check_output(f"cat {_CANARY_AT_BOOT}").split()
    taken = datetime.fromtimestamp(int(words[0]), tz=UTC)
    return ProbeResult(ok=True, seen=f"canary {words[1]} of {taken.isoformat()}", canary=taken)


def _inside(address: str, ssh_key_file: str) -> "testinfra.host.Host":
    # A recovered machine's host key is on its disk, which is what is being proven: nothing earlier can vouch for it.
    trust = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    limits = f"-o BatchMode=yes -o ConnectTimeout={int(_TIMEOUT_SECONDS)} -o ServerAliveInterval=5"
    arguments = f"{trust} {limits}"
    return testinfra.get_host(f"ssh://root@{address}", ssh_identity_file=ssh_key_file, ssh_extra_args=arguments)

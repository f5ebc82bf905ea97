"""What every ProberHost does: the fake, and the real one on this machine, whose systemd and SSH are stood in for."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from groundwork.drivers.probe import remote_host
from groundwork.drivers.probe.fake import FakeProberHost
from groundwork.drivers.probe.protocol import LinkProbes, ProberHost
from groundwork.drivers.probe.remote_host import ProberAccess, RemoteProberHost, slice_of
from groundwork.errors import OutsideError
from groundwork.model.service import Probe, SshLogin
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.prober_script import SCRIPT, load_prober_script

COMMANDS, CLOCK = LocalCommands(), SystemClock()
TAG = f"t{os.getpid()}"
SWITCH, NAME, DECOY = f"{TAG}switch", f"{TAG}p", f"{TAG}p-decoy"
MAC, DECOY_MAC = "00:50:56:00:01:01", "00:50:56:00:01:02"
CONTROL = "192.0.2.77"
OWN, NEIGHBOUR = "10.250.77.2", "10.250.77.1"

SYSTEMD_RUN = """\
#!/bin/sh
detach= where=
while [ "$1" != -- ]; do
    case $1 in
        --unit=*) detach=1 ;;
        --property=NetworkNamespacePath=*) where=${1#*Path=} ;;
    esac
    shift
done
shift
[ -z "$detach" ] || exec setsid --fork nsenter --net="$where" "$@" >/dev/null 2>&1 </dev/null
exec nsenter --net="$where" "$@"
"""
SYSTEMCTL = """\
#!/bin/sh
case $1 in
    stop) for pid in $(ip netns pids "$(cat "$HELD")" 2>/dev/null); do kill "$pid"; done; exit 0 ;;
    *) exit 3 ;;
esac
"""


@dataclass
class Scene:
    """A host under test, and how a machine of its vCenter gets an adapter."""

    host: ProberHost

    def plug(self, *macs: str) -> None:
        """Have the vCenter give the host these adapters, connected."""
        if isinstance(self.host, RemoteProberHost):
            for number, mac in enumerate(macs):
                port = f"{TAG[-6:]}-{number}"
                ip("link", "add", f"{TAG[-6:]}n{number}", "address", mac, "type", "veth", "peer", port, "netns", SWITCH)
                ip("-n", SWITCH, "link", "set", port, "master", "bubble", "up")


def ip(*argv: str) -> None:
    COMMANDS.run(["ip", *argv], timeout_seconds=10)


@pytest.fixture(params=["fake", "here"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    if request.param == "fake":
        yield Scene(host=FakeProberHost())
        return
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("makes network namespaces")
    for name, text in (("systemd-run", SYSTEMD_RUN), ("systemctl", SYSTEMCTL)):
        (tmp_path / name).write_text(text.replace('$(cat "$HELD")', NAME), encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    program = tmp_path / "prober"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {SCRIPT} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(remote_host, "PROGRAM", str(program))
    path = f"PATH={tmp_path}:{os.environ['PATH']}"  # noqa: TID251 - programs of this machine stand in for a host's
    access = ProberAccess(ssh=("env", path, "sh", "-c"), address=OWN, user="root", key_file=tmp_path / "none")
    host = RemoteProberHost(access, commands=COMMANDS, clock=CLOCK)
    ip("netns", "add", SWITCH)
    try:
        ip("netns", "exec", SWITCH, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        ip("-n", SWITCH, "link", "add", "bubble", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        ip("-n", SWITCH, "link", "set", "bubble", "arp", "off", "up")
        yield Scene(host=host)
    finally:
        host.close()
        host.release(NAME)
        host.release(DECOY)
        ip("netns", "delete", SWITCH)


def held(scene: Scene) -> ProberHost:
    """The host with the prober and its decoy in a bubble."""
    scene.plug(MAC, DECOY_MAC)
    scene.host.hold(NAME, mac=MAC)
    scene.host.hold(DECOY, mac=DECOY_MAC, addresses=(f"{CONTROL}/24",), decoy=True)
    return scene.host


def ours(host: ProberHost) -> set[str]:
    """What the host holds of this test's: labs come and go on the same machine."""
    return {name for name in host.list_held() if name.startswith(TAG)}


def test_a_namespace_is_held_until_it_is_released(scene: Scene) -> None:
    before = ours(scene.host)
    host = held(scene)
    host.hold(NAME, mac=MAC, addresses=("10.1.0.1/24",), forward=True)
    assert ours(host) - before == {NAME, DECOY}
    host.release(NAME)
    host.release(NAME)
    host.release(DECOY)
    assert ours(host) == before


def test_a_sweep_sees_the_decoy_by_every_probe(scene: Scene) -> None:
    host, link_local = held(scene), str(load_prober_script().link_local(bytes.fromhex(DECOY_MAC.replace(":", ""))))
    probes, seen = LinkProbes(arp=(CONTROL,), nd=(link_local,), echo=True, seconds=1.0), set[str]()
    for _ in range(4):
        sightings = host.sweep(NAME, probes)
        assert {one.mac for one in sightings} == {DECOY_MAC}
        seen |= {one.probe for one in sightings}
        if seen >= {"arp", "nd", "echo"}:
            return
    pytest.fail(f"seen by {seen} alone")


def test_a_listener_records_its_control_and_begins_only_once(scene: Scene) -> None:
    host = held(scene)
    host.listen(NAME, control=CONTROL, targets=(NEIGHBOUR,))
    deadline = CLOCK.monotonic() + 20
    while len((heard := host.heard(NAME)).beats) < 3 and CLOCK.monotonic() < deadline:
        CLOCK.sleep(0.3)
    assert len(heard.beats) >= 3
    assert heard.beats[-1].control
    assert {one.mac for one in heard.sightings} == {DECOY_MAC}
    assert heard.age_seconds < 5


def test_where_nobody_listens_nothing_is_heard(scene: Scene) -> None:
    heard = held(scene).heard(NAME)
    assert (heard.beats, heard.sightings) == ((), ())


def test_a_connection_that_breaks_is_made_anew_and_the_record_is_whole_again(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = held(scene)
    host.listen(NAME, control=CONTROL, targets=())
    while not (first := host.heard(NAME)).beats:
        CLOCK.sleep(0.3)
    if isinstance(host, RemoteProberHost):
        flaky, tried = tmp_path / "flaky", tmp_path / "tried"
        fails_once = f'[ -e {tried} ] || {{ touch {tried}; exit 255; }}\nexec {tmp_path}/prober "$@"\n'
        flaky.write_text(f"#!/bin/sh\n{fails_once}", encoding="utf-8")
        flaky.chmod(0o755)
        monkeypatch.setattr(remote_host, "PROGRAM", str(flaky))
        host.close()
    again = host.heard(NAME)
    assert again.beats[: len(first.beats)] == first.beats


def test_a_record_that_cannot_be_read_is_an_error_and_not_an_empty_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(scene.host, FakeProberHost):
        pytest.skip("the fake answers always")
    with monkeypatch.context() as broken:
        broken.setattr(remote_host, "PROGRAM", "/bin/false")
        broken.setattr(remote_host, "_FIRST_SECONDS", 0.5)
        with pytest.raises(OutsideError, match="could not show what was heard"):
            scene.host.heard(NAME)


def test_a_machine_that_is_not_there_is_a_result(scene: Scene) -> None:
    probe = Probe(machine="web", kind="tcp", port=80)
    result = held(scene).prober(NAME).probe(probe, address="10.99.99.99", login=SshLogin())
    assert not result.ok


def test_an_adapter_that_is_not_there_is_an_error_that_names_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(scene.host, FakeProberHost):
        pytest.skip("the fake has every adapter")
    monkeypatch.setattr(remote_host, "_ADAPTER_SECONDS", 0.2)
    with pytest.raises(OutsideError, match="no adapter with the address 00:50:56:00:09:09"):
        scene.host.hold(NAME, mac="00:50:56:00:09:09")


@pytest.mark.parametrize("name", ["p0a1b2c3d", "p0a1b2c3d-decoy"])
def test_driver_and_program_call_a_namespace_s_control_group_alike(name: str) -> None:
    assert load_prober_script().slice_of(name) == slice_of(name)

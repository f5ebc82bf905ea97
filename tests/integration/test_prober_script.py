"""The prober's program in real networks: a bridge as the bubble, a decoy, and each way in which a bubble can leak."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.prober_script import SCRIPT

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip"), reason="makes network namespaces")

PROBER, DECOY = "00:50:56:00:00:01", "00:50:56:00:00:02"
DECOY_ADDRESS = "192.0.2.77"
DECOY_LINK_LOCAL = "fe80::250:56ff:fe00:2"
CLOCK = SystemClock()
RECORDS = Path("/run/cityops-prober")
PREFIX = f"t{os.getpid()}"


@dataclass
class Net:
    """Namespaces of the test's own; all of them are gone at the end."""

    commands: LocalCommands = field(default_factory=LocalCommands)
    made: list[str] = field(default_factory=list)

    @property
    def enter(self) -> list[str]:
        """How the program is started in the prober's namespace."""
        return ["nsenter", f"--net=/run/netns/{PREFIX}prober", "--", sys.executable, str(SCRIPT)]

    def ip(self, *argv: str) -> None:
        self.commands.run(["ip", *argv], timeout_seconds=10)

    def namespace(self, name: str) -> str:
        whole = f"{PREFIX}{name}"
        self.ip("netns", "add", whole)
        # Without duplicate address detection an IPv6 address answers at once.
        self.ip("netns", "exec", whole, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        self.made.append(whole)
        return whole

    def bridge(self, name: str) -> None:
        """A switch's network: a bridge that says nothing by itself."""
        switch = f"{PREFIX}switch"
        self.ip("-n", switch, "link", "add", name, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        self.ip("-n", switch, "link", "set", name, "arp", "off", "up")

    def plug(self, namespace: str, bridge: str, mac: str, *addresses: str, leg: str = "leg0") -> None:
        """A machine's adapter in the bridge, with the addresses."""
        port = f"p{mac.replace(':', '')}"
        switch = f"{PREFIX}switch"
        self.ip("-n", namespace, "link", "add", leg, "address", mac, "type", "veth", "peer", port, "netns", switch)
        self.ip("-n", switch, "link", "set", port, "master", bridge, "up")
        for address in addresses:
            self.ip("-n", namespace, "address", "add", address, "dev", leg)
        self.ip("-n", namespace, "link", "set", leg, "up")

    def prober(self, *words: str, stdin: str = "") -> str:
        return self.commands.run([*self.enter, *words], timeout_seconds=20, stdin=stdin.encode()).stdout

    def sweep(self) -> dict[str, set[str]]:
        """Who answered or was heard, by probe."""
        order = {"arp": [DECOY_ADDRESS, "10.3.0.1"], "nd": [DECOY_LINK_LOCAL], "echo": True, "seconds": 0.7}
        seen: dict[str, set[str]] = {}
        for one in json.loads(self.prober("sweep", stdin=json.dumps(order)))["sightings"]:
            seen.setdefault(one["probe"], set()).add(one["mac"])
        return seen

    def close(self) -> None:
        for left in RECORDS.glob(f"{PREFIX}*.jsonl"):
            left.unlink()
        for name in reversed(self.made):
            self.ip("netns", "delete", name)


@pytest.fixture
def net() -> Iterator[Net]:
    """A bubble with the prober's silent leg and the decoy in it, and beside it production, whose gateway answers."""
    net = Net()
    try:
        for name in ("switch", "prober", "decoy", "gateway"):
            net.namespace(name)
        for silent in ("switch", "prober"):
            net.ip("netns", "exec", f"{PREFIX}{silent}", "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        for bridge in ("bubble", "production"):
            net.bridge(bridge)
        net.plug(f"{PREFIX}prober", "bubble", PROBER)
        net.plug(f"{PREFIX}decoy", "bubble", DECOY, f"{DECOY_ADDRESS}/24")
        net.plug(f"{PREFIX}gateway", "production", "02:00:00:00:00:10", "10.3.0.1/24")
        yield net
    finally:
        net.close()


def _bridge_to_bridge(net: Net) -> str:
    switch = f"{PREFIX}switch"
    net.ip("-n", switch, "link", "add", "leak0", "type", "veth", "peer", "leak1")
    for port, bridge in (("leak0", "bubble"), ("leak1", "production")):
        net.ip("-n", switch, "link", "set", port, "master", bridge, "up")
    return "02:00:00:00:00:10"


def _ipv6_only(net: Net) -> str:
    net.namespace("six")
    net.plug(f"{PREFIX}six", "bubble", "02:00:00:00:00:66")
    return "02:00:00:00:00:66"


def _ipv4_only(net: Net) -> str:
    four = net.namespace("four")
    net.ip("netns", "exec", four, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
    net.plug(four, "bubble", "02:00:00:00:00:44", "10.3.0.1/24")
    return "02:00:00:00:00:44"


LEAKS = [_bridge_to_bridge, _ipv6_only, _ipv4_only]


def test_a_whole_bubble_shows_its_decoy_to_every_probe_and_nobody_else(net: Net) -> None:
    seen = net.sweep()
    assert {probe: seen[probe] for probe in ("arp", "nd", "echo")} == {"arp": {DECOY}, "nd": {DECOY}, "echo": {DECOY}}
    assert seen.get("heard", {DECOY}) == {DECOY}


@pytest.mark.parametrize("leak", LEAKS)
def test_each_leak_is_seen_by_the_probes(net: Net, leak: Callable[[Net], str]) -> None:
    stranger = leak(net)
    assert stranger in set().union(*net.sweep().values())


@pytest.mark.parametrize("leak", LEAKS)
def test_each_leak_is_heard_within_five_seconds_though_it_says_nothing_by_itself(
    net: Net, leak: Callable[[Net], str]
) -> None:
    name = f"{PREFIX}record"
    with net.commands.start([*net.enter, "listen", name, "--control", DECOY_ADDRESS, "--target", "10.3.0.1"]):
        CLOCK.sleep(1.5)
        assert _strangers(net, name) == set()
        stranger = leak(net)
        deadline = CLOCK.monotonic() + 5.0
        while stranger not in _strangers(net, name):
            assert CLOCK.monotonic() < deadline
            CLOCK.sleep(0.2)


def _strangers(net: Net, name: str) -> set[str]:
    lines: list[dict[str, Any]] = [json.loads(line) for line in net.prober("heard", name).splitlines()]
    return {line["mac"] for line in lines if "mac" in line} - {DECOY}


def test_a_listener_that_hears_its_control_says_so_and_one_that_does_not_says_that(net: Net) -> None:
    name = f"{PREFIX}control"
    with net.commands.start([*net.enter, "listen", name, "--control", DECOY_ADDRESS]):
        CLOCK.sleep(2.6)
        net.ip("-n", f"{PREFIX}decoy", "link", "set", "leg0", "down")
        CLOCK.sleep(2.6)
    lines = [json.loads(line) for line in net.prober("heard", name).splitlines()]
    beats = [line["control"] for line in lines if "control" in line]
    assert beats[0] is True
    assert beats[-1] is False


def test_a_stream_passes_bytes_both_ways_and_says_why_it_could_not(net: Net) -> None:
    listening = (
        "import socket; s = socket.create_server(('127.0.0.9', 7009)); c, _ = s.accept(); c.sendall(c.recv(9)[::-1])"
    )
    inside = ["nsenter", f"--net=/run/netns/{PREFIX}prober", "--", sys.executable]
    net.ip("-n", f"{PREFIX}prober", "link", "set", "lo", "up")
    with net.commands.start([*inside, "-c", listening]):
        CLOCK.sleep(0.5)
        assert net.prober("stream", "127.0.0.9", "7009", "--announce", stdin="abc") == "open\ncba"
    refused = net.commands.run([*inside, str(SCRIPT), "stream", "127.0.0.9", "7010"], timeout_seconds=9, check=False)
    assert (refused.exit_code, refused.stderr) == (4, "127.0.0.9:7010: Connection refused\n")
    away = net.commands.run([*inside, str(SCRIPT), "stream", "10.3.0.1", "7010"], timeout_seconds=9, check=False)
    assert away.exit_code == 5

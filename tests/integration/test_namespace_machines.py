"""Machines of the lab's vCenter that are network namespaces: their added adapters are real, and so is their silence."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.errors import OutsideError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.prober_script import SCRIPT
from tests.builders.vcenter_simulator import machine, missing_programs, simulated_vcenter

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip") or bool(missing_programs()), reason="makes network namespaces"
)

SWITCH, HOST = f"t{os.getpid()}-switch", f"t{os.getpid()}-host"
MAC = "00:50:56:00:00:07"
COMMANDS = LocalCommands()


def ip(*argv: str) -> str:
    return COMMANDS.run(["ip", *argv], timeout_seconds=10).stdout


def links(namespace: str) -> dict[str, dict[str, Any]]:
    """The namespace's interfaces by MAC."""
    return {one["address"]: one for one in json.loads(ip("-n", namespace, "-json", "link"))}


def at_the_switch(prefix: str) -> list[dict[str, Any]]:
    """The switch's interfaces whose names begin so."""
    return [one for one in json.loads(ip("-n", SWITCH, "-json", "link")) if one["ifname"].startswith(prefix)]


def neighbours() -> set[str]:
    """The probes that somebody answered on the link of the host that bears 10.3.0.9."""
    order = {"own": "10.3.0.9", "arp": ["10.3.0.1"], "nd": [], "echo": True, "seconds": 1.0}
    argv = ["nsenter", f"--net=/run/netns/{HOST}", "--", sys.executable, str(SCRIPT), "sweep"]
    seen = COMMANDS.run(argv, timeout_seconds=20, stdin=json.dumps(order).encode()).stdout
    return {one["probe"] for one in json.loads(seen)["sightings"]}


@pytest.fixture(scope="module")
def vcenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveVCenter]:
    for name in (SWITCH, HOST):
        ip("netns", "add", name)
    try:
        ip("-n", SWITCH, "link", "set", "lo", "up")
        ip("-n", SWITCH, "address", "add", "10.3.0.1/24", "dev", "lo")
        prober = machine("prober-01", 1, namespace=HOST)
        guests = {"qemu": "true", "kernel": "-", "initrd": "-", "memory_mib": 64, "switch_namespace": SWITCH}
        with simulated_vcenter(tmp_path_factory.mktemp("v"), machines=[prober], guests=guests) as running:
            opened = LiveVCenter(running.access, clock=SystemClock())
            yield opened
            opened.close()
    finally:
        for name in (SWITCH, HOST):
            ip("netns", "delete", name)


def test_an_added_adapter_has_its_mac_there_and_a_carrier_while_it_is_connected(vcenter: LiveVCenter) -> None:
    vcenter.create_network("drill-x")
    vcenter.add_adapter("prober-01", network="drill-x", mac=MAC, connected=False)
    ip("-n", HOST, "link", "set", links(HOST)[MAC]["ifname"], "up")
    assert links(HOST)[MAC]["operstate"] != "UP"
    vcenter.connect_adapter("prober-01", mac=MAC, connected=True)
    assert links(HOST)[MAC]["operstate"] == "UP"
    vcenter.connect_adapter("prober-01", mac=MAC, connected=False)
    assert links(HOST)[MAC]["operstate"] != "UP"
    assert vcenter.remove_adapter("prober-01", mac=MAC)
    assert MAC not in links(HOST)
    vcenter.remove_network("drill-x")


def test_the_switch_itself_answers_nothing_in_a_port_group_made_for_a_drill(vcenter: LiveVCenter) -> None:
    vcenter.create_network("drill-y")
    vcenter.add_adapter("prober-01", network="drill-y", mac=MAC, connected=True)
    name = links(HOST)[MAC]["ifname"]
    ip("-n", HOST, "address", "add", "10.3.0.9/24", "dev", name)
    ip("-n", HOST, "link", "set", name, "up")
    assert neighbours() == set()
    (bridge,) = at_the_switch("pg-")
    assert "NOARP" in bridge["flags"]
    assert ip("-n", SWITCH, "-6", "address", "show", "dev", bridge["ifname"]) == ""
    ip("-n", SWITCH, "link", "set", bridge["ifname"], "arp", "on")  # as it would be otherwise
    assert "arp" in neighbours()
    vcenter.remove_adapter("prober-01", mac=MAC)
    vcenter.remove_network("drill-y")


def test_a_machine_that_is_a_host_is_always_on(vcenter: LiveVCenter) -> None:
    seen = vcenter.read_machine("prober-01")
    assert seen
    assert seen.powered_on
    with pytest.raises(OutsideError, match="always on"):
        vcenter.set_power("prober-01", on=False)


def test_an_adapter_s_port_at_the_switch_goes_with_it(vcenter: LiveVCenter) -> None:
    vcenter.add_adapter("prober-01", network="net-a", mac=MAC, connected=False)
    assert len(at_the_switch("n-vm-")) == 1
    vcenter.remove_adapter("prober-01", mac=MAC)
    assert at_the_switch("n-vm-") == []

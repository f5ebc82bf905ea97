"""A drill's bubble in the lab, on a prober that is a real host: isolated as it stands, and each leak seen in 5 s."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import pytest

from commands.command import Asked
from commands.wiring.drills import Survivor
from commands.wiring.sections import SECTIONS
from dr_drills.bubble import AttachProber, Bubble, EndWatch, ProveIsolation
from dr_drills.guard import GuardTrippedError, watching
from dr_drills.isolation import attach, detach, guard, prove, read_watch
from dr_drills.tools import DrillTools
from groundwork.drivers.vcenter.protocol import NewMachine
from groundwork.drivers.vcenter.session import VCenterAccess
from groundwork.model.restore_point import MachineShape
from groundwork.settings.load import load_settings
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.layout import SiteLayout, bubble_bridge
from tests.builders.standing_lab import StandingLab
from tests.builders.vcenter_uplink import add_uplink

T = TypeVar("T")

SITE = "nchc"
BUBBLE = Bubble(network="drill-e2e1", prober="pe2e1")
CLOCK = SystemClock()
CAUGHT_SECONDS = 5.0


@dataclass(frozen=True)
class Stage:
    """The lab with a bubble at NCHC; the prober in it is put there anew for each test, and its record with it."""

    lab: StandingLab

    @property
    def site(self) -> SiteLayout:
        return self.lab.parts.layout.sites[SITE]

    def with_tools(self, act: Callable[[DrillTools], T]) -> T:
        """What the act returns, with the drivers of a command at work."""

        def work() -> T:
            with Survivor(Asked(settings=str(self.lab.settings)).context.wired, SITE).tools() as tools:
                return act(tools)

        return self.lab.inside(work)

    def switch(self, *words: str) -> None:
        """What a person at NCHC's switch may do at any time."""
        LocalCommands().run(["ip", "-n", self.site.namespace, *words], timeout_seconds=10)

    @property
    def gateways(self) -> tuple[str, ...]:
        return tuple(str(network.gateway) for network in self.lab.parts.estate.networks.values())


@pytest.fixture(scope="module")
def stage(configured: StandingLab) -> Iterator[Stage]:
    standing = Stage(configured)
    standing.with_tools(lambda tools: tools.vcenter.create_network(BUBBLE.network))
    yield standing
    standing.with_tools(lambda tools: tools.vcenter.remove_network(BUBBLE.network))


@pytest.fixture
def attached(stage: Stage) -> Iterator[Stage]:
    step = AttachProber(site=SITE, bubble=BUBBLE, production_gateways=stage.gateways)
    stage.with_tools(lambda tools: attach(tools, step))
    yield stage
    stage.with_tools(lambda tools: detach(tools, BUBBLE))


def test_a_bubble_of_the_lab_is_isolated_as_it_stands(attached: Stage) -> None:
    step = ProveIsolation(
        site=SITE, bubble=BUBBLE, production=attached.gateways, neighbours=("10.30.0.1", "10.30.0.10")
    )

    def read(tools: DrillTools) -> None:
        shown = prove(tools, step)
        assert shown.controls == ("arp", "nd", "echo", "listener")
        assert len(shown.neighbours) == 2
        assert guard(tools, BUBBLE).check() is None
        assert read_watch(tools, EndWatch(site=SITE, bubble=BUBBLE)).clean

    attached.with_tools(read)


@pytest.mark.parametrize("number", range(6))
def test_a_veth_to_each_bridge_of_the_site_is_caught(attached: Stage, number: int) -> None:
    bridge = attached.site.bridges[number].name

    @contextmanager
    def joined() -> Iterator[None]:
        attached.switch("link", "add", "leak0", "type", "veth", "peer", "leak1")
        for port, where in (("leak0", bridge), ("leak1", bubble_bridge(BUBBLE.network))):
            attached.switch("link", "set", port, "master", where, "up")
        try:
            yield
        finally:
            attached.switch("link", "delete", "leak0")

    assert "was heard" in caught(attached, joined)


def test_somebody_who_speaks_ipv6_alone_is_caught(attached: Stage) -> None:
    name = f"cityops-{attached.lab.parts.folders.lab}-stranger"

    @contextmanager
    def joined() -> Iterator[None]:
        LocalCommands().run(["ip", "netns", "add", name], timeout_seconds=10)
        try:
            attached.switch("link", "add", "leak0", "type", "veth", "peer", "eth0", "netns", name)
            attached.switch("link", "set", "leak0", "master", bubble_bridge(BUBBLE.network), "up")
            LocalCommands().run(["ip", "-n", name, "link", "set", "eth0", "up"], timeout_seconds=10)
            yield
        finally:
            LocalCommands().run(["ip", "netns", "delete", name], timeout_seconds=10)

    assert "was heard" in caught(attached, joined)


def test_an_added_uplink_is_caught(attached: Stage) -> None:
    estate, settings = attached.lab.parts.estate, load_settings(Path(attached.lab.settings), SECTIONS)
    login, ca_file = settings.vcenters[SITE], settings.ca_file
    assert ca_file
    access = VCenterAccess(
        site=SITE,
        location=estate.site(SITE).vcenter,
        username=login.username,
        password=login.password,
        ca_file=ca_file,
    )

    @contextmanager
    def joined() -> Iterator[None]:
        add_uplink(access, BUBBLE.network)
        yield

    try:
        assert "has an uplink (uplink1)" in caught(attached, joined)
    finally:
        attached.with_tools(lambda tools: detach(tools, BUBBLE))
        attached.with_tools(lambda tools: tools.vcenter.remove_network(BUBBLE.network))
        attached.with_tools(lambda tools: tools.vcenter.create_network(BUBBLE.network))


def test_a_machine_of_the_drill_with_a_leg_in_production_is_caught(attached: Stage) -> None:
    name = f"{BUBBLE.machine_prefix}web"
    mac = f"00:50:56:3e:{sha256(name.encode()).digest()[0]:02x}:01"

    @contextmanager
    def joined() -> Iterator[None]:
        attached.with_tools(make)
        try:
            yield
        finally:
            attached.with_tools(lambda tools: tools.vcenter.destroy(name))

    def make(tools: DrillTools) -> None:
        prober = tools.vcenter.read_machine(tools.prober_machine)
        assert prober
        shape = MachineShape(vcpus=1, memory_mib=64, network=BUBBLE.network, address="")
        new = NewMachine(name=name, folder="digital", shape=shape, mark="cityops: test", hypervisor=prober.hypervisor)
        tools.vcenter.create(new, template=None)
        tools.vcenter.add_adapter(name, network="nchc-services", mac=mac, connected=True)

    assert f"{name} is also attached to nchc-services" in caught(attached, joined)


def caught(stage: Stage, leak: Callable[[], AbstractContextManager[None]]) -> str:
    """What a command at work says of the leak, within five seconds of it; it has begun before there is one."""

    def work(tools: DrillTools) -> str:
        with watching([guard(tools, BUBBLE)]) as watch:
            CLOCK.sleep(2.0)
            watch.check()
            with leak():
                began = CLOCK.monotonic()
                while CLOCK.monotonic() < began + CAUGHT_SECONDS:
                    watch.check()
                    CLOCK.sleep(0.1)
        return "not caught"

    with pytest.raises(GuardTrippedError) as tripped:
        stage.with_tools(work)
    return tripped.value.message

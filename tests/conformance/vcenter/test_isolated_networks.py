"""What a port group of ours lets pass, and where machines that share it are made."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from groundwork.drivers.vcenter.bulk_read import read_one
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.protocol import NETWORK_MARK, NewMachine, SeenNetwork, VCenter
from groundwork.errors import OutsideError
from groundwork.model.restore_point import MachineShape
from groundwork.shell.clock import SystemClock
from tests.builders.vcenter_simulator import Simulator
from tests.builders.vcenter_switch import another_switch
from tests.builders.vcenter_uplink import add_uplink

NAME = "drill-0a1b"
ISOLATED = SeenNetwork(
    name=NAME, uplinks=(), promiscuous=False, mac_changes=False, forged_transmits=False, mark=NETWORK_MARK
)
NEW = NewMachine(
    name="drill-0a1b-web",
    folder="digital",
    shape=MachineShape(vcpus=1, memory_mib=64, network=NAME, address=""),
    mark="cityops: drill",
)


def test_a_network_of_ours_has_no_uplink_and_lets_nothing_forged_pass(vcenter: VCenter) -> None:
    vcenter.create_network(NAME)
    try:
        assert vcenter.read_network(NAME) == ISOLATED
    finally:
        vcenter.remove_network(NAME)
    assert vcenter.read_network(NAME) is None


def test_a_network_bears_the_mark_of_who_made_it_first(vcenter: VCenter) -> None:
    for mark in ("cityops: isolated, no uplink (run first)", "cityops: isolated, no uplink (run second)"):
        vcenter.create_network(NAME, mark=mark)
    seen = vcenter.read_network(NAME)
    vcenter.remove_network(NAME)
    assert seen
    assert seen.mark == "cityops: isolated, no uplink (run first)"


def test_a_network_that_is_there_already_is_kept_as_it_is(vcenter: VCenter) -> None:
    before = vcenter.read_network("net-a")

    vcenter.create_network("net-a")

    assert before
    assert vcenter.read_network("net-a") == before


def test_what_a_network_does_not_say_itself_counts_as_let_pass(vcenter: VCenter) -> None:
    seen = vcenter.read_network("net-a")
    assert seen
    assert seen.uplinks
    assert (seen.promiscuous, seen.mac_changes, seen.forged_transmits) == (True, True, True)


def test_an_uplink_that_somebody_adds_is_seen(vcenter: VCenter, request: pytest.FixtureRequest) -> None:
    vcenter.create_network(NAME)
    try:
        if isinstance(vcenter, FakeVCenter):
            vcenter.isolated[NAME] = replace(ISOLATED, uplinks=("uplink1",))
        else:
            add_uplink(request.getfixturevalue("simulator").access, NAME)
        seen = vcenter.read_network(NAME)
        assert seen
        assert seen.uplinks == ("uplink1",)
    finally:
        vcenter.remove_network(NAME)


def test_machines_are_made_on_the_hypervisor_named_and_show_it(vcenter: VCenter) -> None:
    vcenter.create_network(NAME)
    try:
        for hypervisor in ("esx-2", "esx-3"):
            vcenter.create(replace(NEW, hypervisor=hypervisor), template=None)
            seen = vcenter.read_machine(NEW.name)
            assert seen
            assert seen.hypervisor == hypervisor
            vcenter.destroy(NEW.name)
    finally:
        vcenter.remove_network(NAME)


def test_a_hypervisor_that_is_not_there_is_an_error_that_names_it(live: LiveVCenter) -> None:
    live.create_network(NAME)
    try:
        with pytest.raises(OutsideError, match="hypervisor esx-9"):
            live.create(replace(NEW, hypervisor="esx-9"), template=None)
        assert live.read_machine(NEW.name) is None
    finally:
        live.remove_network(NAME)


@contextmanager
def beside(vcenter: VCenter, request: pytest.FixtureRequest, name: str, *, joined: bool) -> Iterator[None]:
    """Another switch of the vCenter, which every hypervisor or none is joined to."""
    if isinstance(vcenter, FakeVCenter):
        vcenter.switches.members[name] = set(vcenter.switches.hypervisors) if joined else set()
        yield
    else:
        with another_switch(request.getfixturevalue("simulator").access, name, joined=joined):
            yield


def chosen(vcenter: LiveVCenter) -> str:
    """The switch of networks to come; the simulator itself keeps all of them on its first one."""
    switch = vcenter._port_groups._switch()  # noqa: SLF001 - not in the protocol
    return read_one(vcenter._session, switch, ["name"]).name  # noqa: SLF001


def test_a_switch_that_no_hypervisor_is_joined_to_is_passed_over(
    vcenter: VCenter, request: pytest.FixtureRequest
) -> None:
    with beside(vcenter, request, "a-storage", joined=False):
        assert vcenter.check_location(networks=(), templates=(), isolated=True) == ()
        vcenter.create_network(NAME)
        try:
            if isinstance(vcenter, LiveVCenter):
                assert chosen(vcenter) == "dvs-central"
            vcenter.create(replace(NEW, hypervisor="esx-2"), template=None)
            vcenter.destroy(NEW.name)
        finally:
            vcenter.remove_network(NAME)


def test_of_several_switches_none_is_taken_in_silence(vcenter: VCenter, request: pytest.FixtureRequest) -> None:
    with beside(vcenter, request, "a-storage", joined=True):
        (obstacle,) = vcenter.check_location(networks=(), templates=(), isolated=True)
        assert "has 2 distributed switches that a network could be made on: a-storage, dvs" in obstacle
        assert vcenter.check_location(networks=(), templates=()) == ()
        with pytest.raises(OutsideError, match=r"2 distributed switches .*: a-storage, dvs") as caught:
            vcenter.create_network(NAME)
        assert "`switch`" in caught.value.hint
        assert vcenter.read_network(NAME) is None


def test_the_switch_that_the_place_names_is_taken(simulator: Simulator) -> None:
    access = replace(simulator.access, location=replace(simulator.access.location, switch="a-storage"))
    with (
        another_switch(access, "a-storage", joined=True),
        closing(LiveVCenter(access, clock=SystemClock())) as vcenter,
    ):
        assert vcenter.check_location(networks=(), templates=(), isolated=True) == ()
        assert chosen(vcenter) == "a-storage"

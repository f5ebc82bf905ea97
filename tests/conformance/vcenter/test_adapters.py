"""Network adapters added to a running machine, plugged in and out, and removed; fake and simulator."""

from dataclasses import replace

import pytest

from groundwork.drivers.vcenter.protocol import NewMachine, SeenMachine, VCenter
from groundwork.errors import OutsideError
from groundwork.model.restore_point import MachineShape

NEW = NewMachine(
    name="new-01",
    folder="digital",
    shape=MachineShape(vcpus=1, memory_mib=512, network="net-a", address=""),
    mark="cityops: agency=digital service=web tier=1",
    disk_gib=1,
)
MAC = "00:50:56:0A:00:01"


@pytest.fixture
def running(vcenter: VCenter) -> VCenter:
    vcenter.create(NEW, template=None)
    vcenter.set_power("new-01", on=True)
    return vcenter


def _seen(vcenter: VCenter) -> SeenMachine:
    seen = vcenter.read_machine("new-01")
    assert seen is not None
    return seen


def test_an_adapter_is_added_unplugged_then_plugged_in_then_removed(running: VCenter) -> None:
    before = _seen(running).adapters
    for _ in range(2):
        added = running.add_adapter("new-01", network="net-b", mac=MAC, connected=False)
    assert (added.network, added.mac, added.connected) == ("net-b", MAC.lower(), False)
    assert [one.network for one in _seen(running).adapters] == ["net-a", "net-b"]
    for connected in (True, True, False):
        running.connect_adapter("new-01", mac=MAC, connected=connected)
        assert _seen(running).adapters[1].connected is connected
    assert running.remove_adapter("new-01", mac=MAC)
    assert not running.remove_adapter("new-01", mac=MAC)
    assert _seen(running).adapters == before
    assert _seen(running).network == "net-a"


def test_two_adapters_of_one_network_are_told_apart_by_their_mac(running: VCenter) -> None:
    running.add_adapter("new-01", network="net-b", mac=MAC, connected=True)
    running.add_adapter("new-01", network="net-b", mac="00:50:56:0a:00:02", connected=True)
    assert running.remove_adapter("new-01", mac=MAC)
    assert [one.mac for one in _seen(running).adapters][1:] == ["00:50:56:0a:00:02"]


def test_an_adapter_that_is_there_is_put_into_the_wanted_network(running: VCenter) -> None:
    running.add_adapter("new-01", network="net-b", mac=MAC, connected=True)
    assert running.add_adapter("new-01", network="net-a", mac=MAC, connected=True).network == "net-a"
    assert [one.network for one in _seen(running).adapters] == ["net-a", "net-a"]


def test_the_machine_s_network_is_its_first_adapter_s(running: VCenter) -> None:
    """The order of a vCenter's list of networks is another one."""
    running.add_adapter("new-01", network="net-b", mac=MAC, connected=True)
    first = _seen(running).adapters[0]
    assert running.remove_adapter("new-01", mac=first.mac)
    running.add_adapter("new-01", network="net-a", mac="00:50:56:0a:00:03", connected=True)
    assert [one.network for one in _seen(running).adapters] == ["net-b", "net-a"]
    assert _seen(running).network == "net-b"


def test_an_unknown_network_or_adapter_is_refused(running: VCenter) -> None:
    with pytest.raises(OutsideError, match="no network named 'net-x'"):
        running.add_adapter("new-01", network="net-x", mac=MAC, connected=True)
    with pytest.raises(OutsideError, match="no adapter with the MAC"):
        running.connect_adapter("new-01", mac=MAC, connected=True)
    assert len(_seen(running).adapters) == 1


def test_the_one_disk_of_a_machine_grows_and_never_shrinks(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    for _ in range(2):
        vcenter.grow_disk("new-01", disk_gib=3)
    with pytest.raises(OutsideError, match="cannot grow to 2 GiB"):
        vcenter.grow_disk("new-01", disk_gib=2)
    vcenter.create(replace(NEW, name="new-02", disk_gib=0), template=None)
    with pytest.raises(OutsideError, match="cannot grow to 2 GiB"):
        vcenter.grow_disk("new-02", disk_gib=2)

"""The VLAN that a port group decides on, as pyVmomi's own objects say it, and in words where it decides on none."""

from typing import Any

import pytest
from pyVmomi import vim

from groundwork.drivers.vcenter.protocol import UNTAGGED, SeenVlan
from groundwork.drivers.vcenter.vlans import distributed_vlan, standard_tags, standard_vlan

_Switch = vim.dvs.VmwareDistributedVirtualSwitch


def trunk(*ranges: tuple[int, int]) -> Any:  # noqa: ANN401 - pyVmomi
    return _Switch.TrunkVlanSpec(vlanId=[vim.NumericRange(start=start, end=end) for start, end in ranges])


@pytest.mark.parametrize(
    ("setting", "seen"),
    [
        (_Switch.VlanIdSpec(vlanId=110), SeenVlan(number=110)),
        (_Switch.VlanIdSpec(vlanId=0), UNTAGGED),
        (trunk((0, 4094)), SeenVlan(why="a trunk of 0-4094")),
        (trunk((1, 9), (20, 20)), SeenVlan(why="a trunk of 1-9, 20-20")),
        (trunk(), SeenVlan(why="a trunk of no VLAN")),
        (_Switch.PvlanSpec(pvlanId=12), SeenVlan(why="the private VLAN 12")),
        (None, SeenVlan(why="its port group does not say")),
    ],
)
def test_a_distributed_port_group_has_one_vlan_or_the_reason_why_not(setting: Any, seen: SeenVlan) -> None:  # noqa: ANN401 - pyVmomi
    assert distributed_vlan(setting) == seen


@pytest.mark.parametrize(
    ("tags", "seen"),
    [
        ([110, 110], SeenVlan(number=110)),
        ([0, 0], UNTAGGED),
        ([4095], SeenVlan(why="a trunk of all VLANs")),
        ([120, 110, 110], SeenVlan(why="the hypervisors disagree: 110 on 2, 120 on 1")),
        ([], SeenVlan(why="no hypervisor shows its port group")),
    ],
)
def test_a_standard_port_group_has_the_vlan_that_all_hypervisors_agree_on(tags: list[int], seen: SeenVlan) -> None:
    port_groups = [[vim.host.PortGroup(spec=vim.host.PortGroup.Specification(name="net", vlanId=tag))] for tag in tags]
    assert standard_vlan(standard_tags(port_groups).get("net", {})) == seen

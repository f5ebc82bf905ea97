"""Networks that bear one name: none is taken in silence."""

from types import SimpleNamespace
from typing import cast

import pytest
from pyVmomi import vim

from groundwork.drivers.vcenter.networks import Networks, PortGroup, label_all
from groundwork.drivers.vcenter.session import Session
from groundwork.errors import OutsideError

SESSION = cast("Session", SimpleNamespace(site="central"))
ONE = PortGroup(name="net-a", switch="dvs-1", ref="r1", key="pg-1", switch_uuid="u1")
OTHER = PortGroup(name="net-a", switch="dvs-2", ref="r2", key="pg-2", switch_uuid="u2")
SEGMENT = PortGroup(name="net-a", switch="opaque", ref="r3", opaque_id="o1", opaque_type="nsx.LogicalSwitch")
STANDARD = PortGroup(name="VLAN 10/20", switch="standard", ref=vim.Network("network-1"))
NETWORKS = Networks(label_all([OTHER, SEGMENT, ONE, STANDARD]))


def test_a_name_that_several_bear_is_refused_with_all_of_them() -> None:
    with pytest.raises(OutsideError, match="3 networks named 'net-a': dvs-1/net-a, dvs-2/net-a, opaque/net-a"):
        NETWORKS.need(SESSION, "net-a")
    assert [one.label for one in NETWORKS.groups] == ["VLAN 10/20", "dvs-1/net-a", "dvs-2/net-a", "opaque/net-a"]


def test_a_switch_in_front_says_which_is_meant() -> None:
    assert NETWORKS.need(SESSION, "dvs-2/net-a").key == "pg-2"
    assert NETWORKS.need(SESSION, "opaque/net-a").opaque_id == "o1"
    assert NETWORKS.need(SESSION, "VLAN 10/20") == NETWORKS.need(SESSION, "standard/VLAN 10%2f20")


def test_each_kind_of_network_is_what_an_adapter_stands_on_and_is_read_from() -> None:
    for group in NETWORKS.groups:
        assert NETWORKS.under(group.backing()) == group.label
    assert isinstance(
        NETWORKS.need(SESSION, "opaque/net-a").backing(),
        vim.vm.device.VirtualEthernetCard.OpaqueNetworkBackingInfo,
    )


def test_a_network_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(OutsideError, match="no network named 'net-x'") as caught:
        NETWORKS.need(SESSION, "net-x")
    assert "dvs-1/net-a" in caught.value.hint

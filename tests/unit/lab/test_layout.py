"""What a lab's network is for an estate."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from groundwork.errors import ConfigurationError
from lab.layout import bubble_bridge, plan_layout
from tests.builders.estate_values import small_estate

LONGEST_INTERFACE_NAME = 15


def test_namespaces_are_named_after_the_lab_so_that_labs_stand_side_by_side() -> None:
    layout = plan_layout("mine", small_estate())
    assert layout.namespaces[:3] == ("cityops-mine-wan", "cityops-mine-control", "cityops-mine-alpha")
    assert "cityops-mine-alpha-vcenter" in layout.namespaces
    assert "cityops-mine-alpha-worker" in layout.namespaces


def test_no_name_of_an_interface_is_longer_than_the_kernel_takes() -> None:
    layout = plan_layout("mine", small_estate())
    names = [
        name
        for site in layout.sites.values()
        for name in (site.wan_peer, *(bridge.name for bridge in site.bridges), *(leg.peer for leg in site.legs))
    ]
    assert max(len(name) for name in names) <= LONGEST_INTERFACE_NAME


def test_a_router_knows_the_way_to_every_network_of_every_other_site() -> None:
    estate = small_estate()
    layout = plan_layout("mine", estate)
    ways = layout.routes(but="alpha")
    elsewhere = {network.cidr for network in estate.networks.values() if network.site != "alpha"}
    assert {network for network, _ in ways} == elsewhere
    assert {router for _, router in ways} == {IPv4Address("10.99.0.12"), IPv4Address("10.99.0.13")}


def test_a_bubble_s_bridge_is_named_as_the_simulator_names_it() -> None:
    assert bubble_bridge("drill-bubble") == "pg-219775c5d7"


def test_a_network_in_the_range_of_the_wan_is_refused() -> None:
    estate = small_estate()
    name, network = next(iter(estate.networks.items()))
    moved = replace(network, cidr=IPv4Network("10.99.0.0/25"))
    with pytest.raises(ConfigurationError, match="overlaps the lab's WAN"):
        plan_layout("mine", replace(estate, networks={**estate.networks, name: moved}))

"""Addresses that collide or lie astray."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "addresses.txt")

EDITS: dict[str, list[Edit]] = {
    "two networks overlap": [
        (
            "networks.yaml",
            "alpha-services: {site: alpha, cidr: 10.1.10.0/24",
            "alpha-services: {site: alpha, cidr: 10.1.0.0/20",
        ),
    ],
    "two ranges overlap": [
        ("networks.yaml", "  gamma: {cidr: 10.3.0.0/16", "  gamma: {cidr: 10.0.0.0/8"),
    ],
    "a VPN pool overlaps a network": [
        ("sslvpn.yaml", "pool: 10.98.1.0/24", "pool: 10.1.10.0/25"),
    ],
    "two VPN pools are the same": [
        ("sslvpn.yaml", "pool: 10.98.1.0/24", "pool: 10.98.0.0/24"),
    ],
    "a site has two ranges": [
        (
            "networks.yaml",
            "networks:\n",
            "  alpha-more: {cidr: 10.4.0.0/16, site: alpha, purpose: growth}\nnetworks:\n",
        ),
    ],
    "a network lies outside its site's range": [
        (
            "networks.yaml",
            "cidr: 10.2.10.0/24, gateway: 10.2.10.1",
            "cidr: 10.4.10.0/24, gateway: 10.4.10.1",
        ),
        ("machines.csv", "10.2.10.13", "10.4.10.13"),
    ],
    "a gateway lies outside its network": [
        ("networks.yaml", "gateway: 10.2.10.1", "gateway: 10.2.11.1"),
    ],
    "a VLAN is used twice at a site": [
        ("networks.yaml", "gateway: 10.2.10.1, vlan: 10", "gateway: 10.2.10.1, vlan: 1"),
    ],
    "a machine's address is outside its network": [
        ("machines.csv", "10.3.10.11", "10.3.11.11"),
    ],
    "a machine's address stands for the whole network": [
        ("machines.csv", "10.3.10.11", "10.3.10.255"),
    ],
    "two machines have one address": [
        ("machines.csv", "10.1.10.13", "10.1.10.12"),
    ],
    "a machine has the gateway's address": [
        ("machines.csv", "10.1.10.13", "10.1.10.1"),
    ],
    "a host has the vCenter's address": [
        ("hosts.yaml", "10.1.0.20", "10.1.0.10"),
    ],
    "both members of a firewall pair have one address": [
        ("firewall.yaml", "10.3.0.3", "10.3.0.2"),
    ],
    "a machine's address is in a DHCP pool": [
        ("machines.csv", "10.1.10.13", "10.1.10.150"),
    ],
    "a gateway is at the end of its network": [
        ("networks.yaml", "gateway: 10.2.10.1", "gateway: 10.2.10.255"),
        ("networks.yaml", "gateway: 10.3.10.1", "gateway: 10.3.10.0"),
    ],
    "a gateway and a name server are in a DHCP pool": [
        ("networks.yaml", "gateway: 10.1.10.1", "gateway: 10.1.10.100"),
        ("dhcp.yaml", "[10.1.10.53]", "[10.1.10.53, 10.1.10.200]"),
    ],
    "a DHCP pool takes the ends of its network": [
        ("dhcp.yaml", "pool_start: 10.1.10.100", "pool_start: 10.1.10.0"),
        ("dhcp.yaml", "pool_end: 10.1.10.200", "pool_end: 10.1.10.255"),
        ("networks.yaml", "gateway: 10.1.10.1", "gateway: 10.1.10.1"),
    ],
    "a name server is at the end of a network": [
        ("dhcp.yaml", "[10.1.10.53]", "[10.2.10.255, 10.9.9.255]"),
    ],
    "a site has no range in the address plan": [
        ("networks.yaml", "  beta: {cidr: 10.2.0.0/16, site: beta, purpose: the site}\n", ""),
    ],
    "a vCenter is at the end of its management network": [
        ("sites.yaml", "address: 10.2.0.10", "address: 10.2.0.0"),
    ],
    "a vCenter is outside its management network": [
        ("sites.yaml", "address: 10.2.0.10", "address: 10.2.10.10"),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()

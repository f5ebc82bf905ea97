"""DHCP and SSL-VPN entries that cannot be done or may not be."""

from pathlib import Path

import pytest

from groundwork.estate.load import load_estate
from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "access.txt")

EDITS: dict[str, list[Edit]] = {
    "a VPN pool has room for nobody": [
        ("sslvpn.yaml", "pool: 10.98.0.0/24", "pool: 10.98.0.0/32"),
    ],
    "a vendor comes from inside": [
        ("sslvpn.yaml", "sources: [192.0.2.0/29]", "sources: [10.1.10.0/24, 10.4.0.0/16, 10.0.0.0/16, 10.98.1.7/32]"),
    ],
    "a device has reservations in two scopes of one network": [
        (
            "dhcp.yaml",
            "dhcp_scopes:\n",
            (
                "dhcp_scopes:\n  more:\n    network: alpha-services\n"
                "    pool_start: 10.1.10.220\n    pool_end: 10.1.10.230\n"
                "    lease: 1h\n    dns_servers: [10.1.10.53]\n    domain: x.example\n    reservations:\n"
                '      - {mac: "02:00:00:00:00:01", address: 10.1.10.51, note: printer}\n'
            ),
        ),
    ],
    "two DHCP pools overlap": [
        (
            "dhcp.yaml",
            "    reservations:",
            (
                "  more:\n    network: alpha-services\n    pool_start: 10.1.10.150\n    pool_end: 10.1.10.160\n"
                "    lease: 1h\n    dns_servers: [10.1.10.53]\n    domain: x.example\n    reservations:"
            ),
        ),
    ],
    "a device's address is reserved twice": [
        (
            "dhcp.yaml",
            "note: printer}",
            'note: printer}\n      - {mac: "02:00:00:00:00:02", address: 10.1.10.50, note: again}',
        ),
    ],
    "a VPN session is idle for longer than it lasts": [
        ("sslvpn.yaml", "idle_limit: 30m", "idle_limit: 20h"),
    ],
    "a DHCP pool begins after its end": [
        ("dhcp.yaml", "pool_start: 10.1.10.100", "pool_start: 10.1.10.210"),
    ],
    "a DHCP pool is outside its network": [
        ("dhcp.yaml", "pool_end: 10.1.10.200", "pool_end: 10.1.11.200"),
    ],
    "a device has two reservations": [
        (
            "dhcp.yaml",
            "note: printer}",
            'note: printer}\n      - {mac: "02:00:00:00:00:01", address: 10.1.10.51, note: again}',
        ),
    ],
    "a reservation is inside the pool": [
        ("dhcp.yaml", "10.1.10.50", "10.1.10.150"),
    ],
    "a second pool overlaps, begins late and is outside": [
        (
            "dhcp.yaml",
            "    lease: 8h",
            (
                "    more_pools:\n      - {start: 10.1.10.190, end: 10.1.10.210}\n"
                "      - {start: 10.1.10.230, end: 10.1.10.220}\n"
                "      - {start: 10.1.11.1, end: 10.1.11.2, client_class: x}\n"
                "    lease: 8h"
            ),
        ),
    ],
    "a reservation knows its device by nothing or by two things": [
        ("dhcp.yaml", 'mac: "02:00:00:00:00:01", ', ""),
        (
            "dhcp.yaml",
            "note: printer}",
            'note: printer}\n      - {mac: "02:00:00:00:00:02", client_id: "01:02", address: 10.1.10.51, note: a}',
        ),
    ],
    "a client identifier, a subnet id, a class and a server are given twice": [
        (
            "dhcp.yaml",
            'mac: "02:00:00:00:00:01", address: 10.1.10.50, note: printer}\n',
            (
                'client_id: "01:02", address: 10.1.10.50, note: printer}\n'
                '      - {client_id: "01:02", address: 10.1.10.51, note: again}\n'
            ),
        ),
        ("dhcp.yaml", "{subnet_id: 1}", "{subnet_id: 9}"),
        ("dhcp.yaml", "  beta-services-v6:\n", "  alpha-services:\n"),
        (
            "dhcp.yaml",
            "dhcp_classes:",
            'dhcp_classes:\n  none: {}\n  both: {vendor_class: PXE, mac_prefix: "00:04:13"}',
        ),
        ("dhcp.yaml", "name: two", "name: one"),
    ],
    "a grant closes before it opens": [
        ("sslvpn.yaml", "closes: 2026-11-27", "closes: 2026-10-27"),
    ],
    "a grant is open too long": [
        ("sslvpn.yaml", "closes: 2026-11-27", "closes: 2027-11-27"),
    ],
    "a grant opens a role for staff": [
        ("sslvpn.yaml", "role: vendors", "role: staff"),
        ("sslvpn.yaml", "ports: [tcp/443]\n", "ports: [tcp/22]\n"),
    ],
    "a grant opens more than its role": [
        ("sslvpn.yaml", "    ports: [tcp/22]", "    ports: [tcp/22, tcp/3389]"),
        ("sslvpn.yaml", "machines: [files-01]", "machines: [files-01, files-02]"),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()


def test_a_pool_of_a_gateway_and_one_client_has_room(tmp_path: Path) -> None:
    inventory = write_city(tmp_path, edited(("sslvpn.yaml", "pool: 10.98.0.0/24", "pool: 10.98.0.0/30")))
    (city,) = (path.name for path in inventory.iterdir())
    assert load_estate(inventory, city).city == city

"""What a DHCP server would take and would not serve: each finding with its line, and nothing about what is right."""

from pathlib import Path

import pytest

from fleet.dhcp.lint import lint
from groundwork.estate.load import load_with_draft
from tests.builders.estate_files import Edit, edited, reports, write_city

EXPECTED = reports(Path(__file__).parent / "findings.txt")

WHOLE = """\
dhcp_scopes:
  alpha-services:
    network: alpha-services
    pool_start: 10.1.10.100
    pool_end: 10.1.10.200
    lease: 8h
    dns_servers: [10.1.10.53]
    domain: toytown.example
    options:
      - {name: ntp-servers, value: "10.1.10.1, 10.1.10.2"}
    reservations:
      - {mac: "02:00:00:00:00:01", address: 10.1.10.50, host_name: printer, note: printer}
dhcp6_scopes:
  alpha-services-v6:
    network: alpha-services
    prefix: 2001:db8:10::/64
    pools:
      - {start: "2001:db8:10::1000", end: "2001:db8:10::1001"}
    lease: 8h
    dns_servers: ["2001:db8:10::53"]
    domain: toytown.example
    reservations:
      - {duid: "00:03:01", address: "2001:db8:10::10", note: printer}
dhcp_subnet_ids:
  gone: {subnet_id: 9}
  alpha-services: {subnet_id: 1}
  alpha-services-v6: {subnet_id: 2}
dhcp_classes:
  phones: {mac_prefix: "00:04:13", boot_file: phone.cfg}
dhcp_relays:
  alpha-router: {site: alpha, networks: [alpha-services]}
dhcp_pairs:
  city:
    members:
      - {name: one, network: alpha-management, address: 10.1.0.77}
      - {name: two, network: beta-management, address: 10.2.0.77}
"""
SECOND = "    lease: 8h\n    dns_servers: [10.1.10.53]\n    domain: toytown.example\n"
SECOND6 = '    lease: 8h\n    dns_servers: ["2001:db8:10::53"]\n    domain: toytown.example\n'

EDITS: dict[str, list[Edit]] = {
    "nothing is wrong": [],
    "a network has two scopes": [
        (
            "dhcp.yaml",
            "dhcp6_scopes:\n",
            (
                "  more:\n    network: alpha-services\n    pool_start: 10.1.10.220\n    pool_end: 10.1.10.230\n"
                f"{SECOND}dhcp6_scopes:\n  first-v6:\n    network: alpha-services\n    prefix: 2001:db8:10::/48\n"
                f'    pools: [{{start: "2001:db8:10:1::1", end: "2001:db8:10:1::2"}}]\n{SECOND6}'
            ),
        ),
    ],
    "the timers contradict one another": [
        ("dhcp.yaml", "    lease: 8h\n    dns_servers: [10", "    lease: 30s\n    rebind: 30s\n    dns_servers: [10"),
        ("dhcp.yaml", "    lease: 8h\n", "    lease: 8h\n    renew: 7h\n    preferred: 9h\n"),
    ],
    "a client renews what is no longer preferred": [
        ("dhcp.yaml", 'lease: 8h\n    dns_servers: ["', 'lease: 8h\n    preferred: 4h\n    dns_servers: ["'),
    ],
    "options hold what they cannot": [
        (
            "dhcp.yaml",
            '      - {name: ntp-servers, value: "10.1.10.1, 10.1.10.2"}\n',
            (
                '      - {name: ntp-servers, value: "10.1.10.1, 10.1.10"}\n      - {name: interface-mtu, value: "67"}\n'
                '      - {name: domain-search, value: "a.example, B"}\n      - {name: root-path, value: 檔案}\n'
                '      - {name: interface-mtu, value: "1500"}\n'
            ),
        ),
    ],
    "one device or one name is reserved twice": [
        (
            "dhcp.yaml",
            "note: printer}\ndhcp6",
            (
                "note: printer}\n"
                '      - {client_id: "01:02:00:00:00:00:01", address: 10.1.10.51, host_name: printer, note: x}\ndhcp6'
            ),
        ),
    ],
    "a scope has no subnet id": [
        ("dhcp.yaml", "  alpha-services: {subnet_id: 1}\n  alpha-services-v6: {subnet_id: 2}\n", ""),
    ],
    "a class has no use": [("dhcp.yaml", ", boot_file: phone.cfg", "")],
    "a relay has no scope, a scope no relay": [("dhcp.yaml", "[alpha-services]}", "[alpha-management]}")],
    "a network is relayed twice, and from another site": [
        ("dhcp.yaml", "dhcp_pairs:", "  beta-router: {site: beta, networks: [alpha-services]}\ndhcp_pairs:"),
    ],
    "nobody answers": [
        ("dhcp.yaml", WHOLE[WHOLE.index("dhcp_pairs:") :], ""),
    ],
    "two pairs answer, and one takes a late answer for silence": [
        (
            "dhcp.yaml",
            "  city:\n",
            (
                "  town:\n    max_response_ms: 1000\n    members:\n"
                "      - {name: three, network: alpha-management, address: 10.1.0.87}\n"
                "      - {name: four, network: beta-management, address: 10.2.0.87}\n  city:\n"
            ),
        ),
    ],
    "pools of IPv6 are wrong": [
        (
            "dhcp.yaml",
            '      - {start: "2001:db8:10::1000", end: "2001:db8:10::1001"}\n',
            (
                '      - {start: "2001:db8:10::1000", end: "2001:db8:10::2000"}\n'
                '      - {start: "2001:db8:10::1fff", end: "2001:db8:11::1"}\n'
                '      - {start: "2001:db8:10::300", end: "2001:db8:10::200"}\n'
            ),
        ),
    ],
    "reservations of IPv6 are wrong and use a pool up": [
        (
            "dhcp.yaml",
            'address: "2001:db8:10::10", note: printer}\n',
            (
                'address: "2001:db8:10::1000", note: printer}\n'
                '      - {duid: "00:03:02", address: "2001:db8:10::1001", note: a}\n'
                '      - {duid: "00:03:02", address: "2001:db8:11::1", note: b}\n'
                '      - {duid: "00:03:03", address: "2001:db8:11::1", note: c}\n'
            ),
        ),
    ],
}


def findings(inventory: Path) -> list[str]:
    (city,) = (path.name for path in inventory.iterdir())
    shown = f"{inventory / city}/"
    return [str(one).replace(shown, "") for one in lint(load_with_draft(inventory, city)[1])]


@pytest.mark.parametrize("case", EDITS)
def test_the_findings_are_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    files = edited()
    files["dhcp.yaml"] = WHOLE
    for file, old, new in EDITS[case]:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    assert findings(write_city(tmp_path, files)) == EXPECTED.get(case, [])


def test_each_report_has_its_case() -> None:
    assert EXPECTED.keys() == EDITS.keys() - {"nothing is wrong"}

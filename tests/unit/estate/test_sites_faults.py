"""Sites that do not make a city."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "sites.txt")

EDITS: dict[str, list[Edit]] = {
    "two hypervisors differ only in case": [
        ("sites.yaml", "[alpha-esx-01, alpha-esx-02]", "[alpha-esx-01, ALPHA-esx-01]"),
    ],
    "two sites are central": [
        ("sites.yaml", "role: first_backup", "role: central"),
    ],
    "no site is central": [
        ("sites.yaml", "role: central", "role: first_backup"),
    ],
    "a site has no management network": [
        (
            "networks.yaml",
            "gateway: 10.3.0.1, vlan: 1, purpose: management",
            "gateway: 10.3.0.1, vlan: 1, purpose: office",
        ),
    ],
    "a site has two management networks": [
        (
            "networks.yaml",
            "gateway: 10.3.10.1, vlan: 10, purpose: services",
            "gateway: 10.3.10.1, vlan: 10, purpose: management",
        ),
    ],
    "a site has two repository hosts": [
        (
            "hosts.yaml",
            "{site: beta, network: beta-management, address: 10.2.0.30, roles: [baseline, monitoring]}",
            "{site: alpha, network: alpha-management, address: 10.1.0.30, roles: [baseline, repository]}",
        ),
    ],
    "copies go round in a circle": [
        (
            "sites.yaml",
            "role: central\n    link_mbps: 100",
            "role: central\n    link_mbps: 100\n    replicates_from: gamma",
        ),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()

"""Copies and drills that cannot do what the objectives say."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "recovery.txt")

EDITS: dict[str, list[Edit]] = {
    "a machine is copied less often than its service's RPO": [
        ("backup_policies.yaml", "every: 1h", "every: 4h"),
    ],
    "a machine's policy begins at another site": [
        ("machines.csv", "daily-beta", "daily-gamma"),
    ],
    "copies skip a site": [
        ("backup_policies.yaml", "[alpha, beta, gamma]", "[alpha, gamma]"),
    ],
    "copies go to the site that nobody copies to": [
        ("backup_policies.yaml", "copies_at: [gamma]", "copies_at: [gamma, alpha]"),
    ],
    "a drill recovers at the site it loses": [
        ("drills.yaml", "recovery_site: gamma", "recovery_site: alpha"),
    ],
    "a drill recovers where no copy is": [
        ("backup_policies.yaml", "[alpha, beta, gamma]", "[alpha, beta]"),
    ],
    "a drilled service does not stand at the lost site": [
        ("drills.yaml", "services: [pass]", "services: [pass, bus]"),
    ],
    "copies stand where no repository host is": [
        ("hosts.yaml", "10.2.0.20, roles: [baseline, repository]", "10.2.0.20, roles: [baseline]"),
    ],
    "a drilled service depends on a lost one through one that stands elsewhere": [
        ("services.yaml", "    mtpd: 4h", "    mtpd: 4h\n    depends_on: [bus]"),
        ("services.yaml", "    rto: 24h", "    rto: 1h\n    depends_on: [files]"),
        ("services.yaml", "    rto: 2d", "    rto: 1h"),
        ("services.yaml", "    depends_on: [pass]\n", ""),
    ],
    "a drilled service depends on a lost one that is not drilled": [
        ("drills.yaml", "services: [pass]", "services: [files]"),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()

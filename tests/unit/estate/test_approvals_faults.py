"""Approvals that nobody can give, or that one person can give twice."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "approvals.txt")

EDITS: dict[str, list[Edit]] = {
    "a rule names an unknown role": [("approvals.yaml", "roles: [board, security]", "roles: [board, securty]")],
    "a rule is of an unknown operation": [("approvals.yaml", "operation: drill.run", "operation: drill.rnu")],
    "an operation has two rules": [
        ("approvals.yaml", "rules:\n", "rules:\n  first: {operation: drill.run, roles: [board]}\n"),
    ],
    "more approvals are asked for than can be given": [("approvals.yaml", "count: 2", "count: 3")],
    "a person of two roles counts once": [
        (
            "approvals.yaml",
            "AAAAC3NzaC1lZDI1NTE5AAAAID3zFxrHfkzGmNh8yGQxaJdDJhCSHaD+Du84B8h/jklO wang",
            "AAAAC3NzaC1lZDI1NTE5AAAAIOraFSBfnM19iYblPhwm0CHRjYuTM+6eUXqua8cwqYmr chen",
        ),
    ],
    "one key has two names": [
        (
            "approvals.yaml",
            "AAAAC3NzaC1lZDI1NTE5AAAAID3zFxrHfkzGmNh8yGQxaJdDJhCSHaD+Du84B8h/jklO wang",
            "AAAAC3NzaC1lZDI1NTE5AAAAIOraFSBfnM19iYblPhwm0CHRjYuTM+6eUXqua8cwqYmr wang",
        ),
    ],
    "a signer is no key": [
        ("approvals.yaml", "AAAAC3NzaC1lZDI1NTE5AAAAID3zFxrHfkzGmNh8yGQxaJdDJhCSHaD+Du84B8h/jklO wang", "AAAA wang"),
    ],
}


@pytest.mark.parametrize("title", EDITS)
def test_a_fault_is_reported_with_file_and_line(title: str, tmp_path: Path) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[title]))) == EXPECTED[title]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()

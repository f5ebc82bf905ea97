"""YAML that cannot be read, or is more than plain values."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "yaml.txt")

EDITS: dict[str, list[Edit]] = {
    "a line begins with a tab": [
        ("hosts.yaml", "  repo-alpha:", "\trepo-alpha:"),
    ],
    "a bracket is not closed": [
        ("hosts.yaml", "10.1.0.20, roles: [baseline, repository]}", "10.1.0.20, roles: [baseline, repository}"),
    ],
    "a quote never ends": [
        ("city.yaml", "Toytown", '"Toytown'),
    ],
    "indentation is off": [
        ("services.yaml", "    rto: 2d", "   rto: 2d"),
    ],
    "a file holds two documents": [
        ("city.yaml", "districts", "---\ndistricts"),
    ],
    "an anchor is set": [
        ("city.yaml", "[東區, 西區]", "&a [東區, 西區]"),
    ],
    "an alias points at nothing": [
        ("city.yaml", "[東區, 西區]", "*a"),
    ],
    "a merge key is used": [
        ("city.yaml", "districts", "<<: {a: b}\ndistricts"),
    ],
    "a tag would run a program": [
        ("city.yaml", "[東區, 西區]", "!!python/object/apply:os.system ['true']"),
    ],
    "a key is a list": [
        ("city.yaml", "districts", "? [a, b]\n: c\ndistricts"),
    ],
    "a key is absurdly long": [
        (
            "city.yaml",
            "districts",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ),
    ],
    "lists are nested a hundred deep": [
        (
            "city.yaml",
            "[東區, 西區]",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        ),
    ],
    "a file holds a list": [
        ("hosts.yaml", "hosts:", "- hosts:"),
    ],
    "a file holds only text": [
        ("city.yaml", "title_zh: 玩具市\ntitle_en: Toytown\ndistricts: [東區, 西區]", "hello"),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()

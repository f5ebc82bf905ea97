"""Lists that cannot be read."""

from pathlib import Path

import pytest

from groundwork.estate.load import load_estate
from tests.builders.estate_files import CITY, FILES, Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "csv.txt")

EDITS: dict[str, list[Edit]] = {
    "a column is unknown": [
        ("machines.csv", "disk_gib", "disk_gb"),
    ],
    "a cell is longer than any": [
        ("hotspots.csv", "Library", "L" * 131_073),
    ],
    "a cell is longer than any because its quote never ends": [
        ("hotspots.csv", "Library", '"' + "L" * 131_073),
    ],
    "a row has more cells than the header and not only empty ones": [
        ("hotspots.csv", "24.1,120.6", "24.1,120.6,,x"),
    ],
    "numbers and flags are spelled as only some programs read them": [
        ("hotspots.csv", "2,24.1,120.6", "02,2.41e1,+120.6"),
        ("machines.csv", "files-01,alpha,office,files,file,2,4096", "files-01,alpha,office,files,file,2.0,0x1000"),
        ("machines.csv", "daily-beta,false", "daily-beta,FALSE"),
    ],
    "a column is given twice": [
        ("machines.csv", "memory_mib", "vcpus"),
    ],
    "a row has too few cells": [
        (
            "machines.csv",
            "files-02,beta,office,files,file,2,4096,50,beta-services,10.2.10.13,daily-beta,false,,",
            "files-02,beta",
        ),
    ],
    "a quote never ends": [
        ("hotspots.csv", '"Park, north gate"', '"Park, north gate'),
    ],
    "a quote opens far above the end": [
        ("machines.csv", "files-01,alpha", '"files-01,alpha'),
    ],
    "the columns are parted by semicolons": [
        ("hotspots.csv", "name,place,district,kind,agency,profile,", "name;place;district;kind;agency;profile;"),
        ("hotspots.csv", "access_points,latitude,longitude", "access_points;latitude;longitude"),
    ],
    "a cell holds a tab": [
        ("hotspots.csv", "Library,", "Library\t,"),
    ],
    "text follows a quote": [
        ("hotspots.csv", '"Park, north gate"', '"Park"s'),
    ],
    "a needed cell is empty": [
        ("hotspots.csv", "Library,", "   ,"),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()


def test_what_a_spreadsheet_leaves_behind_is_passed_over(tmp_path: Path) -> None:
    rows = FILES["hotspots.csv"].splitlines()
    commas = ",".join([""] * len(rows[0].split(",")))
    spread = [f"{rows[0]},,", f"{rows[1]},,", "", commas, f"# a remark,{commas}", rows[2], f"{commas},,", ""]
    text = "\ufeff" + "\r\n".join(spread)
    (write_city(tmp_path, FILES) / CITY / "hotspots.csv").write_bytes(text.encode())
    assert fault_lines(tmp_path) == []
    assert list(load_estate(tmp_path, CITY).hotspots) == ["hs-1", "hs-2"]

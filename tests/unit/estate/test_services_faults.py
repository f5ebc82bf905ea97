"""Promises that contradict one another, and machines that cannot keep them."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "services.txt")

EDITS: dict[str, list[Edit]] = {
    "an agency is one MiB beyond its quota": [
        ("machines.csv", "files-02,beta,office,files,file,2,4096", "files-02,beta,office,files,file,2,4097"),
    ],
    "a probe is listed twice": [
        (
            "services.yaml",
            "      - {kind: tcp, machine: pass-db-01, port: 7000}\n",
            "      - {kind: tcp, machine: pass-db-01, port: 7000}\n" * 2,
        ),
    ],
    "an RTO is longer than the MTPD": [
        ("services.yaml", "rto: 2d", "rto: 2w"),
    ],
    "a service depends on a slower one": [
        ("services.yaml", "rto: 2d", "rto: 30m"),
    ],
    "services depend on one another in a circle": [
        ("services.yaml", "    mtpd: 4h", "    mtpd: 4h\n    depends_on: [bus]"),
        ("services.yaml", "    mtpd: 3d", "    mtpd: 3d\n    depends_on: [files]"),
        ("services.yaml", "rto: 1h", "rto: 4h"),
        ("services.yaml", "rto: 2d", "rto: 4h"),
        ("services.yaml", "rto: 24h", "rto: 4h"),
    ],
    "a service depends on itself": [
        ("services.yaml", "[pass]", "[files]"),
    ],
    "a probe is asked of another service's machine": [
        ("services.yaml", "{kind: tcp, machine: pass-db-01", "{kind: tcp, machine: files-01"),
    ],
    "a tcp probe has no port": [
        ("services.yaml", ", port: 7000", ""),
    ],
    "an http probe says nothing of the page": [
        ("services.yaml", ", contains: pass-db-01", ""),
    ],
    "an https probe says nothing of the certificate": [
        (
            "services.yaml",
            "{kind: http, machine: pass-web-01, port: 80",
            "{kind: https, machine: pass-web-01, port: 443",
        ),
    ],
    "what tells the data's age is not whole": [
        (
            "services.yaml",
            "{kind: command, machine: pass-db-01, command: newest-record}",
            "{kind: page, machine: pass-db-01}",
        ),
    ],
    "a machine stands in another site's network": [
        ("machines.csv", "bus-app-01,gamma", "bus-app-01,beta"),
    ],
    "a web machine names no database": [
        ("machines.csv", "true,pass-db-01", "true,"),
    ],
    "a database names a database": [
        (
            "machines.csv",
            "bus-app-01,gamma,bureau,bus,application,2,2048,20,gamma-services,10.3.10.11,daily-gamma,true,",
            "bus-app-01,gamma,bureau,bus,application,2,2048,20,gamma-services,10.3.10.11,daily-gamma,true,pass-db-01",
        ),
    ],
    "a web machine reads from what is no database": [
        ("machines.csv", "true,pass-db-01", "true,files-01"),
    ],
    "an agency exceeds its quota": [
        (
            "agencies.yaml",
            "quota: {machines: 4, vcpus: 8, memory_gib: 8",
            "quota: {machines: 2, vcpus: 3, memory_gib: 2",
        ),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()

"""What was meant by a name that is not there: found, and at a cost that does not grow with how many names there are."""

import sys
from pathlib import Path
from types import FrameType

import pytest

from groundwork.files.nearest import Nearest
from tests.builders.estate_files import FILES, fault_lines, write_city

FEW = ("title_zh", "title_en", "agency", "tier", "rto", "rpo", "mtpd", "depends_on", "probes", "services.yaml")
MANY = tuple(f"agency-{number:04}" for number in range(1000))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mpd", "mtpd"),
        ("rtox", "rto"),
        ("titel_en", "title_en"),
        ("Title-En", "title_en"),
        ("service.yml", "services.yaml"),
        ("owner", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_among_few_names_two_letters_may_be_wrong(name: str, meant: str | None) -> None:
    assert Nearest(FEW).find(name) == meant


@pytest.mark.parametrize(
    "name", ["agency-0500x", "agency-050", "agency-5000", "agncy-0500", "Agency-0500", "agencz-0500"]
)
def test_among_many_names_one_letter_may_be_wrong(name: str) -> None:
    assert (Nearest(MANY).find(name) or "").startswith("agency-0500"[:8])


def test_of_very_many_names_the_first_are_indexed() -> None:
    known = [f"m{number:06}" for number in range(100_000)]
    assert Nearest(known).find("m000017x") == "m000017"
    assert Nearest(known).find("m099999x") is None


def test_the_clause_names_what_was_meant_or_what_there_is() -> None:
    assert Nearest(["alpha"])("alfa") == 'did you mean "alpha"?'
    assert Nearest(["alpha", "beta"])("omega") == "known are alpha, beta"
    assert Nearest(MANY)("x").endswith("agency-0007 …")
    assert Nearest([])("x") == "there is none yet"


def _calls(folder: Path, count: int) -> int:
    """How many calls it takes to report that many machines, each of an unknown agency, among as many agencies."""
    header = FILES["machines.csv"].splitlines()[0].split(",")
    row = dict(zip(header, FILES["machines.csv"].splitlines()[3].split(","), strict=True))
    rows = [row | {"name": f"m{one}", "agency": f"agency-{one:05}x", "address": ""} for one in range(count)]
    form = (
        "{title_zh: x, title_en: x, contact: a@b.example, quota: {machines: 9, vcpus: 9, memory_gib: 9, disk_gib: 9}}"
    )
    agencies = "".join(f"  agency-{one:05}: {form}\n" for one in range(count))
    text = "\n".join([",".join(header), *(",".join(one.values()) for one in rows)])
    write_city(folder, FILES | {"machines.csv": text, "agencies.yaml": FILES["agencies.yaml"] + agencies})
    calls = 0

    def count_it(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count_it)
    try:
        report = fault_lines(folder)
    finally:
        sys.setprofile(None)
    assert sum('unknown agency "agency-' in line and 'did you mean "agency-' in line for line in report) == count
    return calls


def test_twice_as_many_unknown_names_among_twice_as_many_known_are_twice_the_work(tmp_path: Path) -> None:
    assert _calls(tmp_path / "twice", 800) < 2.5 * _calls(tmp_path / "once", 400)

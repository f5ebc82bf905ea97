"""Files made to hurt: whatever they hold, the answer is a report, soon, and never a traceback."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from groundwork.files.source import YAML_LIMIT_BYTES, Source
from groundwork.files.yaml_tree import parse_yaml
from tests.builders.estate_files import FILES, edited, fault_lines, write_city

SECONDS = 60.0  # for a file at its limit, on a machine that does other things too

BOMB = "a: &a [lol]\n" + "".join(
    f"{key}: &{key} [{','.join([f'*{last}'] * 9)}]\n" for last, key in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    assert fault_lines(write_city(tmp_path, FILES | {"hosts.yaml": BOMB})) == [
        "hosts.yaml:1: an anchor or alias (& or *); write the value out where it is used",
    ]


@pytest.mark.parametrize(
    "unit", ["[", "{a: ", "- ", "? ", "a: 1\n", "'", '"\\', "a: b: ", "%", "&a ", "!!map ", "| \n", "{}\n", "\n", "#\n"]
)
def test_a_file_full_of_one_thing_is_answered_soon(unit: str) -> None:
    source = Source(file="x.yaml", text=(unit * YAML_LIMIT_BYTES)[:YAML_LIMIT_BYTES], raw=b"")
    begun = time.monotonic()
    parse_yaml(source)
    assert time.monotonic() - begun < SECONDS


def test_a_list_of_a_million_broken_rows_is_answered_soon(tmp_path: Path) -> None:
    header = FILES["machines.csv"].splitlines(keepends=True)[0]
    begun = time.monotonic()
    report = fault_lines(write_city(tmp_path, FILES | {"machines.csv": header + "x\n" * 1_000_000}))
    assert time.monotonic() - begun < SECONDS
    assert 1000 <= len(report) < 1100


def test_a_long_list_of_names_that_lead_nowhere_is_answered_soon_and_says_what_it_left_out(tmp_path: Path) -> None:
    header = FILES["hotspots.csv"].splitlines(keepends=True)[0]
    rows = "".join(f"h{index},Library,東區,other,buro,standard,1,24.1,120.6\n" for index in range(30_000))
    begun = time.monotonic()
    report = fault_lines(write_city(tmp_path, FILES | {"hotspots.csv": header + rows}))
    assert time.monotonic() - begun < SECONDS
    assert len(report) == 10_001
    assert report[0].endswith(
        "toytown: more than 10,000 faults of one kind; the first 10,000 are listed; correct those, then check again"
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("hosts.yaml", "hosts:\n" + "".join(f" h{one}: x\n" for one in range(150_000))),
        ("hosts.yaml", "hosts:\n" + "".join(f" H{one}: {{}}\n" for one in range(100_000))),
        ("hosts.yaml", "hosts: {}\n" + "".join(f"x{one}: 1\n" for one in range(150_000))),
        ("hosts.yaml", "hosts:\n h:\n" + "".join(f"  x{one}: 1\n" for one in range(150_000))),
        ("services.yaml", FILES["services.yaml"] + "    depends_on: [" + "X, " * 500_000 + "x]\n"),
        (
            "services.yaml",
            FILES["services.yaml"] + "    depends_on: [" + "".join(f"x{one}, " for one in range(200_000)) + "x]\n",
        ),
        ("hotspots.csv", "name," + "x," * 3_000_000),
        ("hotspots.csv", "name," + "".join(f"x{one}," for one in range(1_000_000))),
    ],
    ids=[
        "no form",
        "no name",
        "unknown sections",
        "unknown keys",
        "no names",
        "unknown names",
        "columns",
        "more columns",
    ],
)
def test_a_file_with_a_hundred_thousand_faults_is_answered_soon_and_cut(tmp_path: Path, file: str, text: str) -> None:
    begun = time.monotonic()
    report = fault_lines(write_city(tmp_path, FILES | {file: text}))
    assert time.monotonic() - begun < SECONDS
    assert 0 < len(report) < 12_000


def test_a_file_full_of_faults_hides_none_of_the_next(tmp_path: Path) -> None:
    many = "hosts:\n" + "".join(f" h{one}: x\n" for one in range(5_000))
    text = FILES["hotspots.csv"].replace("24.1,120.6", "north,120.6")
    report = fault_lines(write_city(tmp_path, FILES | {"hosts.yaml": many, "hotspots.csv": text}))
    assert report[0] == "hosts.yaml: has 1,000 faults or more; so many are listed; correct those, then check again"
    assert [line.partition(";")[0] for line in report if line.startswith("hotspots")] == [
        'hotspots.csv:2: hotspot "hs-1": "latitude" is "north", not a number in plain decimal digits'
    ]


def test_a_circle_of_a_thousand_services_is_reported(tmp_path: Path) -> None:
    form = "{{title_zh: x, title_en: x, agency: bureau, tier: 3, rto: 1d, rpo: 1d, mtpd: 1w, depends_on: [s{}]}}"
    services = "".join(f"  s{index}: {form.format((index + 1) % 1000)}\n" for index in range(1000))
    report = fault_lines(write_city(tmp_path, FILES | {"services.yaml": FILES["services.yaml"] + services}))
    assert len(report) == 1
    assert report[0].startswith('services.yaml:31: service "s0": depends on itself: s0 → s1 → s2 → ')


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some.data())
def test_a_file_with_anything_written_into_it_never_gives_a_traceback(tmp_path: Path, data: some.DataObject) -> None:
    file = data.draw(some.sampled_from(sorted(FILES)))
    text = FILES[file]
    begin = data.draw(some.integers(0, len(text)))
    end = data.draw(some.integers(begin, min(len(text), begin + 30)))
    noise = some.text(some.sampled_from(" \t\n:-{}[],&*!|>'\"%@`#?0aé機\x00\u202e<=."), max_size=12)
    report = fault_lines(write_city(tmp_path, FILES | {file: text[:begin] + data.draw(noise) + text[end:]}))
    assert all(fault.partition(":")[0] in FILES for fault in report)


@settings(max_examples=150, deadline=None)
@given(text=some.text(some.sampled_from(" \n:-{}[],&*!|>'\"%#?0ab"), max_size=60))
def test_any_text_is_a_tree_or_a_fault_with_a_line_of_the_text(text: str) -> None:
    tree, faults = parse_yaml(Source(file="x.yaml", text=text, raw=b""))
    assert all(0 <= fault.line <= text.count("\n") + 2 for fault in faults)
    assert tree.whole == (not faults)


@pytest.mark.parametrize("value", ["null", "~", "[]", "{}", "0", "-1", "1.5", "true", '""', "'9'", "{a: 1}", "[[]]"])
@pytest.mark.parametrize("field", ["rto: 2d", "tier: 3\n    rto: 2d", "depends_on: [pass]", "agency: office"])
def test_a_value_of_another_type_is_reported_and_never_gives_a_traceback(
    tmp_path: Path, field: str, value: str
) -> None:
    key = field.partition(":")[0]
    report = fault_lines(write_city(tmp_path, edited(("services.yaml", field, f"{key}: {value}"))))
    assert report or (key, value) in {("depends_on", "[]"), ("depends_on", "[[]]")}

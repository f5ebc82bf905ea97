"""The strands of the suite: what each runs, what is shown of them, and when they have passed."""

from pathlib import Path

import pytest

from commands import strands as module
from commands.strands import NO_TESTS, STRANDS, Screen, Strand, coverage_options, judge, run_strands
from commands.suite import FOLDERS, NotRun


def test_every_part_is_in_a_strand_and_the_lab_is_in_two_that_share_nothing() -> None:
    assert {part for strand in STRANDS for part in strand.parts} == set(FOLDERS)
    picked = {strand.name: strand.picked[-1] for strand in STRANDS if "end_to_end" in strand.parts}
    assert picked == {"lab": "shared_lab", "own labs": "not shared_lab"}


def test_lines_come_with_their_strand_and_closing_words_in_one_piece() -> None:
    shown: list[str] = []
    screen = Screen(["tests", "lab"], shown.append)
    screen.show("tests", "tests/unit/test_a.py ..F")
    screen.show("tests", "===== FAILURES =====")
    screen.show("lab", "tests/end_to_end/test_b.py::test_c PASSED")
    screen.show("tests", "E   assert 1 == 2")
    screen.close()
    assert "".join(shown) == (
        "tests | tests/unit/test_a.py ..F\n"
        "lab   | tests/end_to_end/test_b.py::test_c PASSED\n"
        "\n--- tests ---\n===== FAILURES =====\nE   assert 1 == 2\n"
    )


def test_coverage_is_measured_where_every_test_that_needs_no_lab_is_run() -> None:
    tests, *others = STRANDS
    assert coverage_options(tests, FOLDERS, "", root=True) == ["--cov", "--cov-report="]
    assert coverage_options(tests, FOLDERS, "", root=False) == ["--cov", "--cov-report=", "--cov-fail-under=0"]
    assert coverage_options(tests, FOLDERS, "plan", root=True) == []
    assert coverage_options(tests, ("unit", "architecture"), "", root=True) == []
    assert [coverage_options(strand, FOLDERS, "", root=True) for strand in others] == [[], []]


@pytest.mark.parametrize(
    ("codes", "passed", "said"),
    [
        ({"tests": 0, "lab": 0}, True, ""),
        ({"tests": 0, "lab": NO_TESTS}, True, ""),
        ({"tests": NO_TESTS, "lab": NO_TESTS}, False, "no test has such a name\n"),
        ({"tests": 1, "lab": 0}, False, "tests: failed\n"),
        ({"tests": 0, "lab": -9}, False, "lab: ended by signal 9\n"),
    ],
)
def test_all_have_to_pass(codes: dict[str, int], passed: bool, said: str) -> None:  # noqa: FBT001 - a case
    shown: list[str] = []
    assert (judge(codes, shown.append), "".join(shown)) == (passed, said)


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of tests that the strands run instead of ours."""
    for part in ("unit", "integration"):
        (tmp_path / "tests" / part).mkdir(parents=True)
    monkeypatch.setattr(module, "folders_with_tests", lambda parts: [tmp_path / "tests" / part for part in parts])
    return tmp_path / "tests"


PAIR = (Strand(name="one", parts=("unit",)), Strand(name="two", parts=("integration",)))


def run(*parts: str) -> tuple[bool, list[NotRun], str]:
    shown: list[str] = []
    passed, skipped = run_strands(parts or ("unit", "integration"), "", write=shown.append, strands=PAIR)
    return passed, skipped, "".join(shown)


def test_one_that_crashes_fails_the_suite_and_the_other_is_reported_whole(suite: Path) -> None:
    (suite / "unit" / "test_dies.py").write_text("import os\n\n\ndef test_it():\n    os.kill(os.getpid(), 9)\n")
    (suite / "integration" / "test_fails.py").write_text("def test_it():\n    assert 'left' == 'right'\n")
    passed, skipped, shown = run()
    assert (passed, skipped) == (False, [])
    assert "one: ended by signal 9\ntwo: failed\n" in shown
    assert "assert 'left' == 'right'" in shown[shown.index("--- two ---") :]


def test_two_that_pass_are_a_pass(suite: Path) -> None:
    for part in ("unit", "integration"):
        (suite / part / "test_fine.py").write_text("def test_it():\n    assert True\n")
    passed, skipped, shown = run()
    assert (passed, skipped, shown.count("1 passed")) == (True, [], 2)
    assert run("unit")[0]

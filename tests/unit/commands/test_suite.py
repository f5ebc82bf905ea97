"""The parts of the test suite."""

import pytest

from commands.suite import PARTS, NotRun, SkippedTests, parse_only, render_not_run
from groundwork.errors import UsageError


def test_nothing_asked_is_everything() -> None:
    assert parse_only("") == PARTS


def test_parts_come_in_the_order_of_the_suite_however_they_are_typed() -> None:
    assert parse_only("end-to-end, unit") == ("unit", "end_to_end")


def test_a_part_that_does_not_exist_is_refused_with_the_list() -> None:
    with pytest.raises(UsageError) as refused:
        parse_only("unit,units")
    assert refused.value.message == "the test suite has no part called units"
    assert (
        refused.value.hint == "its parts: simulator, alerts, integration, conformance, unit, architecture, end_to_end"
    )


def test_the_list_of_what_was_not_run_is_plain() -> None:
    left_out = [NotRun(part="end_to_end", reason="the lab needs root"), NotRun(part="alerts", reason="no promtool")]
    assert render_not_run(left_out) == "not run:\n  end_to_end     the lab needs root\n  alerts         no promtool"
    assert render_not_run([]) == "every test of the suite was run"


def test_a_skipped_test_is_in_the_list_with_its_reason_and_how_often(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("tests") / "unit"
    folder.mkdir()
    (folder / "test_file.py").write_text("import pytest\npytest.skip('needs rclone', allow_module_level=True)\n")
    (folder / "test_some.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('number', [1, 2])\n"
        "def test_skipped(number):\n    pytest.skip('needs root')\n"
        "def test_run():\n    assert True\n"
        "@pytest.mark.xfail(reason='known')\n"
        "def test_known_to_fail():\n    assert False\n"
    )
    skipped = SkippedTests()
    pytester.inline_run("tests", plugins=[skipped])
    assert skipped.list_not_run() == [
        NotRun(part="unit", reason="1 × file: needs rclone"),
        NotRun(part="unit", reason="2 × test: needs root"),
    ]

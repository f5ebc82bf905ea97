"""The parts of the test suite."""

import pytest

from commands.suite import PARTS, NotRun, parse_only, render_not_run
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
        refused.value.hint == "its parts: simulator, alerts, unit, conformance, integration, architecture, end_to_end"
    )


def test_the_list_of_what_was_not_run_is_plain() -> None:
    left_out = [NotRun(part="end_to_end", reason="the lab needs root"), NotRun(part="alerts", reason="no promtool")]
    assert render_not_run(left_out) == "not run:\n  end_to_end     the lab needs root\n  alerts         no promtool"
    assert render_not_run([]) == "every test of the suite was run"

"""Durations, circles and what a report of faults is as an error."""

import pickle
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from groundwork.estate.checks.cycles import find_cycles
from groundwork.estate.faults import EstateFaults
from groundwork.estate.fields import format_duration, parse_duration
from groundwork.files.fault import Fault


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("45s", timedelta(seconds=45)),
        ("15m", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("13w", timedelta(weeks=13)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration
    assert format_duration(duration) == text


@given(seconds=some.integers(1, 99_999))
def test_a_duration_written_and_read_again_is_the_same(seconds: int) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


NAMES = some.sampled_from("abcdef")


@given(graph=some.dictionaries(NAMES, some.lists(NAMES, max_size=4), max_size=6))
def test_mending_the_last_step_of_each_circle_leaves_none(graph: dict[str, list[str]]) -> None:
    circles = find_cycles(graph)
    mended = {name: set(needed) for name, needed in graph.items()}
    for circle in circles:
        steps = list(pairwise(circle))
        assert circle[0] == circle[-1]
        assert all(needed in graph[name] for name, needed in steps)
        mended[steps[-1][0]].discard(steps[-1][1])
    assert find_cycles(mended) == []


def test_a_circle_begins_with_the_name_that_is_stated_first() -> None:
    assert find_cycles({"c": ["a"], "a": ["b"], "b": ["c"], "d": ["d"]}) == [["c", "a", "b", "c"], ["d", "d"]]


def test_faults_are_one_error_in_the_order_of_files_and_lines_each_once() -> None:
    late = Fault(file="x/b.yaml", line=10, what="late", what_to_do="mend it")
    early = Fault(file="x/b.yaml", line=9, what="early", what_to_do="mend it too")
    whole = Fault(file="x/a.yaml", line=0, what="is missing", what_to_do="write it")
    error = EstateFaults("toytown", [late, early, late, whole])
    assert error.message == (
        "the estate of toytown has 3 faults:\n"
        "  x/a.yaml: is missing; write it\n"
        "  x/b.yaml:9: early; mend it too\n"
        "  x/b.yaml:10: late; mend it"
    )
    assert error.hint == "correct what each line names, then check with: inv estate.check --city toytown"
    assert error.exit_code == 4


def test_faults_survive_a_journey_between_processes() -> None:
    error = EstateFaults("toytown", [Fault(file="a", line=1, what="b", what_to_do="c")])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.faults, again.message) == (error.faults, error.message)

"""Which machines were there before, read from what runs recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pydantic import TypeAdapter

from fleet.machines.history import machines_copied
from groundwork.change.step import Json
from groundwork.model.restore_point import RestorePoint
from tests.builders.drill_values import point


def test_a_machine_that_was_copied_was_there() -> None:
    taken = [replace(point(name, "10.1.10.11"), site="alpha") for name in ("pass-db-01", "pass-web-01")]
    points = [TypeAdapter(RestorePoint).dump_python(one, mode="json") for one in taken]
    among = {("alpha", "pass-db-01"), ("alpha", "pass-web-01"), ("alpha", "new-01")}
    assert machines_copied([{"points": points}, {"points": []}, {}], among) == among - {("alpha", "new-01")}


def test_however_many_runs_are_newer_the_one_that_copied_it_counts_and_none_is_read_beyond_it() -> None:
    summaries: Iterator[Mapping[str, Json]] = iter(
        [{}] * 1000 + [{"points": [{"site": "alpha", "machine": "db-01"}]}, {"points": "unread"}]
    )
    assert machines_copied(summaries, {("alpha", "db-01")}) == {("alpha", "db-01")}
    assert next(summaries) == {"points": "unread"}


def test_what_another_version_recorded_says_nothing_and_stops_nothing() -> None:
    assert machines_copied([{"points": "none"}, {"points": [None, 7]}], {("alpha", "db-01")}) == frozenset()

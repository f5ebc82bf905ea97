"""Which machines were there before, read from what runs recorded."""

from dataclasses import replace

from pydantic import TypeAdapter

from fleet.machines.history import machines_copied
from groundwork.model.restore_point import RestorePoint
from tests.builders.drill_values import point


def test_a_machine_that_was_copied_was_there() -> None:
    taken = [replace(point(name, "10.1.10.11"), site="alpha") for name in ("pass-db-01", "pass-web-01")]
    points = [TypeAdapter(RestorePoint).dump_python(one, mode="json") for one in taken]
    assert machines_copied([{"points": points}, {"points": []}, {}]) == {
        ("alpha", "pass-db-01"),
        ("alpha", "pass-web-01"),
    }


def test_what_another_version_recorded_says_nothing_and_stops_nothing() -> None:
    assert machines_copied([{"points": "none"}, {"points": [None, 7]}]) == frozenset()

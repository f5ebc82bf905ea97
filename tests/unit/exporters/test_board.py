"""The board: what stands of a source that is slow, hangs, fails or lacks something."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric

from exporters.board import Board, reading
from exporters.page import Page, render
from exporters.source import Source
from groundwork.errors import OutsideError
from groundwork.shell.clock import SystemClock

MOMENT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
PATIENCE_SECONDS = 10.0


@dataclass
class HandClock:
    """Stands still until a test turns it."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return MOMENT + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Meter:
    """A source whose readings a test decides: each takes `takes` seconds of the clock."""

    clock: HandClock
    value: int = 1
    takes: float = 0.0
    error: Exception | None = None
    lacks: str = ""

    def read(self) -> int:
        self.clock.seconds += self.takes
        if self.error:
            raise self.error
        return self.value

    def missing(self) -> str:
        return self.lacks


def families(value: int) -> Iterable[Metric]:
    if value < 0:
        raise ArithmeticError("less than nothing")
    yield GaugeMetricFamily("cityops_meter_value", "What it shows.", value=value)


def source(read: Any, **changes: Any) -> Source[int]:  # noqa: ANN401 - the fields of Source
    return replace(Source(name="meter", read=read, families=families, nothing=0, interval_seconds=0.01), **changes)


@dataclass
class Gate:
    """A reading that hangs until it is let go; it counts how often it was begun."""

    open: Event = field(default_factory=Event)
    inside: Event = field(default_factory=Event)
    again: Event = field(default_factory=Event)
    begun: int = 0

    def read(self) -> int:
        self.begun += 1
        (self.again if self.begun > 1 else self.inside).set()
        self.open.wait(PATIENCE_SECONDS)
        return 7


@contextmanager
def gate() -> Iterator[Gate]:
    """A gate that is open at the end, so that no thread outlives the test."""
    made = Gate()
    try:
        yield made
    finally:
        made.open.set()


def test_a_reading_stands_with_its_age_until_the_next_good_one() -> None:
    clock = HandClock()
    meter = Meter(clock, takes=2.0)
    one = source(meter.read)
    board = Board([one], clock=clock)
    assert (board.of(one).value, board.of(one).taken, board.of(one).age_seconds) == (0, None, None)
    assert board.of(one).error == "was not read yet"

    board.readers["meter"].read()
    clock.seconds += 30
    stands = board.of(one)
    assert (stands.value, stands.taken, stands.age_seconds, stands.took_seconds) == (1, MOMENT, 32.0, 2.0)
    assert stands.error == ""

    meter.error, meter.takes = OutsideError("gone", hint=""), 5.0
    board.readers["meter"].read()
    stands = board.of(one)
    assert (stands.value, stands.taken, stands.age_seconds, stands.took_seconds) == (1, MOMENT, 37.0, 5.0)
    assert stands.error == "OutsideError: gone"


def test_a_defect_of_a_source_or_of_its_families_ends_neither_the_readings_nor_the_page() -> None:
    clock = HandClock()
    meter = Meter(clock)
    one = source(meter.read)
    board = Board([one], clock=clock)
    board.readers["meter"].read()
    for error in (AssertionError("never\n  so"), RecursionError(), KeyError("x")):
        meter.error = error
        board.readers["meter"].read()
        assert board.of(one).error.startswith(f"{type(error).__name__}:")
        assert "\n" not in board.of(one).error
        assert "cityops_meter_value 1.0" in render(Page(board, city="toytown"))
    meter.error, meter.value = None, -1
    board.readers["meter"].read()
    assert (board.of(one).value, board.of(one).error) == (1, "ArithmeticError: less than nothing")
    meter.value = 5
    board.readers["meter"].read()
    assert (board.of(one).value, board.of(one).error) == (5, "")


def test_a_reading_that_comes_too_late_or_lacks_something_is_shown_and_is_not_good() -> None:
    clock = HandClock()
    meter = Meter(clock, takes=60.0)
    one = source(meter.read, missing=meter.missing)
    board = Board([one], clock=clock)
    board.readers["meter"].read()
    assert (board.of(one).value, board.of(one).error) == (1, ""), "just in time"

    meter.value, meter.takes = 2, 61.0
    board.readers["meter"].read()
    assert (board.of(one).value, board.of(one).error) == (2, "took 61 s, longer than its 60 s")
    assert board.of(one).age_seconds == 61.0

    meter.value, meter.takes, meter.lacks = 3, 0.0, "run x is not understood"
    board.readers["meter"].read()
    assert (board.of(one).value, board.of(one).error) == (3, "run x is not understood")


def test_a_source_that_hangs_shows_as_such_and_is_read_by_one_thread_however_often_it_is_asked() -> None:
    clock, fine = HandClock(), Meter(HandClock())
    with gate() as hangs, reading([source(hangs.read, name="hangs"), source(fine.read)], clock=clock) as board:
        assert hangs.inside.wait(PATIENCE_SECONDS)
        assert board.readers["meter"].tried.wait(PATIENCE_SECONDS)
        before = threading.active_count()
        clock.seconds = 60.0
        assert _line(board, "success", "hangs") == "0.0"
        assert _line(board, "duration_seconds", "hangs") == "NaN", "it may still come in time"
        clock.seconds = 3600.0
        for _ in range(50):
            assert _line(board, "success", "hangs") == "0.0"
        assert _line(board, "duration_seconds", "hangs") == "3600.0"
        assert _line(board, "age_seconds", "hangs") == "NaN"
        assert _line(board, "success", "meter") == "1.0"
        assert (threading.active_count(), hangs.begun) == (before, 1)

        said: list[str] = []
        board.report(said.append)
        board.report(said.append)
        assert said == ["the collector hangs failed: has not answered within 60 s"]
        hangs.open.set()
        assert hangs.again.wait(PATIENCE_SECONDS), "it is read again"
        assert board.readers["hangs"].standing().value == 7, "and what it brought late counts"


def test_a_source_is_read_again_after_its_interval_and_no_more_at_the_end_of_the_block() -> None:
    read_twice, counted = Event(), list[int]()

    def count() -> int:
        counted.append(1)
        if len(counted) > 1:
            read_twice.set()
        return len(counted)

    with reading([source(count)], clock=SystemClock()) as board:
        assert read_twice.wait(PATIENCE_SECONDS)
        (thread,) = [one for one in threading.enumerate() if one.name == "collector meter"]
    thread.join(PATIENCE_SECONDS)
    ended = len(counted)
    assert not thread.is_alive()
    assert board.readers["meter"].standing().value == ended


def test_settling_waits_for_what_answers_and_not_for_what_hangs() -> None:
    with gate() as hangs:
        one, other = source(hangs.read, name="hangs", timeout_seconds=0.05), source(lambda: 3)
        with reading([one, other], clock=SystemClock()) as board:
            board.settle()
            assert board.of(other).value == 3
            assert board.of(one).error == "has not answered within 0.05 s"


def test_each_change_is_reported_once() -> None:
    clock = HandClock()
    meter = Meter(clock, error=OutsideError("gone", hint=""))
    board, said = Board([source(meter.read)], clock=clock), list[str]()
    board.report(said.append)
    assert said == [], "that nothing was read yet is no failure"
    for error in (meter.error, meter.error, OutsideError("closed", hint=""), None, None):
        meter.error = error
        board.readers["meter"].read()
        board.report(said.append)
    assert said == [
        "the collector meter failed: OutsideError: gone",
        "the collector meter failed: OutsideError: closed",
        "the collector meter works again",
    ]


def _line(board: Board, family: str, collector: str) -> str:
    series = f'cityops_collector_{family}{{city="toytown",collector="{collector}"}} '
    page = render(Page(board, city="toytown")).splitlines()
    return next(line.removeprefix(series) for line in page if line.startswith(series))

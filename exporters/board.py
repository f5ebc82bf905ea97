"""The board: of each source its last good reading with its age, and how the last attempt went; nobody waits for it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event, Thread
from typing import Any, Generic, TypeVar, cast

from prometheus_client.core import Metric

from exporters.source import Source
from groundwork.shell.clock import Clock

R = TypeVar("R")
_CHECK_SECONDS = 1.0  # how soon a change for the worse is reported
_NOT_YET = "was not read yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Generic[R]):
    """What stands of one source now.

    `value` is the last good reading, begun at `taken`: `nothing` of its source, and None, before the first. It is no
    older than `age_seconds`. `error` says why the last attempt was not good; empty when it was. `took_seconds` is how
    long that attempt took; where it hangs, how long so far; None before the first. A reading that came too late, or
    lacks something, is shown and its `error` says so.
    """

    name: str
    value: R
    families: tuple[Metric, ...]
    taken: datetime | None
    age_seconds: float | None
    took_seconds: float | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _State(Generic[R]):
    """What a reader knows; replaced whole, so that it can be looked at from any thread. Moments are monotonic."""

    value: R
    families: tuple[Metric, ...]
    taken: datetime | None = None
    taken_at: float = 0.0
    begun_at: float | None = None
    took: float | None = None
    error: str = _NOT_YET


class Reader(Generic[R]):
    """Reads one source, again and again; only one thread may read."""

    def __init__(self, source: Source[R], clock: Clock) -> None:
        self.source = source
        self.tried = Event()
        self._clock = clock
        self._state = _State(value=source.nothing, families=tuple(source.families(source.nothing)))

    def read(self) -> None:
        """Read once. Raises nothing: what the source raises is on the board."""
        moment, begun = self._clock.now(), self._clock.monotonic()
        self._state = replace(self._state, begun_at=begun)
        try:
            value = self.source.read()
            families = tuple(self.source.families(value))
            missing = self.source.missing()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must end neither the readings nor the page
            took = self._clock.monotonic() - begun
            self._state = replace(self._state, begun_at=None, took=took, error=_in_words(error))
        else:
            took = self._clock.monotonic() - begun
            self._state = _State(
                value=value,
                families=families,
                taken=moment,
                taken_at=begun,
                took=took,
                error=self._late(took) or missing,
            )
        self.tried.set()

    def _late(self, took: float) -> str:
        patience = self.source.timeout_seconds
        return f"took {took:.0f} s, longer than its {patience:g} s" if took > patience else ""

    def standing(self) -> Standing[R]:
        """What stands of the source now."""
        state, now = self._state, self._clock.monotonic()
        took, error = state.took, state.error
        at_work = 0.0 if state.begun_at is None else now - state.begun_at
        if at_work > self.source.timeout_seconds:
            took, error = at_work, f"has not answered within {self.source.timeout_seconds:g} s"
        return Standing(
            name=self.source.name,
            value=state.value,
            families=state.families,
            taken=state.taken,
            age_seconds=None if state.taken is None else now - state.taken_at,
            took_seconds=took,
            error=error,
        )


class Board:
    """The readings of several sources, by name."""

    def __init__(self, sources: Iterable[Source[Any]], *, clock: Clock) -> None:
        self.readers = {source.name: Reader(source, clock) for source in sources}
        self._reported: dict[str, str] = dict.fromkeys(self.readers, _NOT_YET)

    def standings(self) -> tuple[Standing[Any], ...]:
        """What stands of each source, in their order."""
        return tuple(reader.standing() for reader in self.readers.values())

    def of(self, source: Source[R]) -> Standing[R]:
        """What stands of one source."""
        return cast("Reader[R]", self.readers[source.name]).standing()  # each reader stands by its own source's name

    def settle(self) -> None:
        """Return when each source was tried once, or had its time for it."""
        for reader in self.readers.values():
            reader.tried.wait(reader.source.timeout_seconds)

    def watch(self, stop: Event, say: Callable[[str], None]) -> None:
        """Until `stop` is set, report each source that fails, once for each reason, and that it works again."""
        while not stop.wait(_CHECK_SECONDS):
            self.report(say)

    def report(self, say: Callable[[str], None]) -> None:
        """Report what has changed since the last time."""
        for standing in self.standings():
            before, self._reported[standing.name] = self._reported[standing.name], standing.error
            if standing.error and standing.error != before:
                say(f"the collector {standing.name} failed: {standing.error}")
            elif before not in {"", _NOT_YET} and not standing.error:
                say(f"the collector {standing.name} works again")


@contextmanager
def reading(sources: Iterable[Source[Any]], *, clock: Clock) -> Iterator[Board]:
    """A board whose sources are read, each in one thread of its own, until the end of the block.

    A thread that hangs in its source is neither waited for nor replaced: there is never a second one.
    """
    board, stop = Board(sources, clock=clock), Event()
    for name, reader in board.readers.items():
        Thread(target=_read_on, args=(reader, stop), name=f"collector {name}", daemon=True).start()
    try:
        yield board
    finally:
        stop.set()


def _read_on(reader: Reader[Any], stop: Event) -> None:
    while not stop.is_set():
        reader.read()
        stop.wait(reader.source.interval_seconds)


def _in_words(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())

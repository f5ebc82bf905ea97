"""Locks for work that nobody starts a second time: what is refused is asked for again until it is given."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from groundwork.errors import OpsError
from groundwork.run.locks import RunLocks
from groundwork.shell.clock import Clock

T = TypeVar("T")

_PAUSE_SECONDS = 2.0


class PatientLocks:
    """A worker's locks of one share; a refusal is said once, and raised only when there is no more use in waiting."""

    def __init__(
        self,
        open_locks: Callable[[], RunLocks],
        *,
        given_up: Callable[[], bool],
        say: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._given_up = given_up
        self._say = say
        self._clock = clock
        self._locks = self._insist(open_locks)

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too, however long it takes."""
        wanted = tuple(targets)
        self._insist(lambda: self._locks.take(wanted))

    def take_alone(self, target: str) -> None:
        """Hold this one alone, however long it takes."""
        self._insist(lambda: self._locks.take_alone(target))

    def check(self) -> None:
        """See that all are held, or wait until they are again."""
        self._insist(self._locks.check)

    def release(self) -> None:
        """Let go of all."""
        self._locks.release()

    def _insist(self, act: Callable[[], T]) -> T:
        said = False
        while True:
            try:
                return act()
            except OpsError as error:
                if self._given_up():
                    raise
                if not said:
                    self._say(f"waiting: {error.message}")
                said = True
            self._clock.sleep(_PAUSE_SECONDS)

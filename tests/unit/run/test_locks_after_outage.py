"""The locks of a run on PostgreSQL, when its server was away: taken again, for as long as an outage may last."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from groundwork.errors import InterruptedRunError, OpsError, RefusedError, UnreachableError
from groundwork.run.locks import Holder
from groundwork.run.postgres_locks import PostgresLocks
from tests.builders.hand_clock import HandClock


class Connected:
    """A session with a server that nobody else asks for anything; once broken it answers nothing."""

    broken = False

    def execute(self, *_query: object) -> "Connected":
        if self.broken:
            raise psycopg.OperationalError("the connection is closed")
        return self

    def fetchall(self) -> list[Any]:
        return []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def close(self) -> None:
        self.broken = True


class Away(PostgresLocks):
    """Locks on a server that, after the first session, answers each attempt with the next of these."""

    def __init__(self, clock: HandClock) -> None:
        self.answers: list[OpsError] = []
        self.session = Connected()
        super().__init__("", Holder(run="run-1", reason="", since="", pid=1), clock, reason_of=str)

    def _connect(self) -> Any:  # noqa: ANN401 - a stand-in for psycopg's connection
        if self.answers:
            raise self.answers.pop(0)
        self.session = Connected()
        return self.session


def away() -> OpsError:
    return UnreachableError("PostgreSQL does not answer", hint="")


def test_after_a_short_outage_the_locks_are_held_again() -> None:
    clock = HandClock()
    locks = Away(clock)
    locks.session.broken = True
    locks.answers = [away() for _ in range(5)]
    locks.check()
    assert clock.seconds == pytest.approx(1.0)
    assert not locks.session.broken


def test_an_outage_that_lasts_is_raised_after_two_minutes() -> None:
    clock = HandClock()
    locks = Away(clock)
    locks.session.broken = True
    locks.answers = [away() for _ in range(1000)]
    with pytest.raises(UnreachableError):
        locks.check()
    assert 120 <= clock.seconds < 121


def test_a_lock_that_another_run_took_meanwhile_ends_the_run() -> None:
    clock = HandClock()
    locks = Away(clock)
    locks.session.broken = True
    locks.answers = [away(), RefusedError("a is held by run run-2", hint="")]
    with pytest.raises(InterruptedRunError, match="a lock was lost while the ledger was away: a is held by run run-2"):
        locks.check()
    assert clock.seconds == pytest.approx(0.2)

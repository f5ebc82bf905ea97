"""Locks in PostgreSQL: held by a session, and so by whoever holds its connection, over all machines."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, TypeAlias

import psycopg

from groundwork.errors import InterruptedRunError, OpsError, OutsideError, RefusedError
from groundwork.model.lock_path import ancestors
from groundwork.run.locks import Holder, refusal
from groundwork.shell.clock import Clock
from groundwork.shell.retry import retry
from groundwork.store.database import postgresql_error

_SESSION = "cityops "  # what the name of a run's sessions begins with; the run's id follows
_GATE = "gate"  # held for the moment in which locks are looked at and taken
_LEFTOVER_SECONDS = 5.0  # the last children of a dead command hold its session a moment longer
_OUTAGE_SECONDS = 120.0  # how long the server may be away before a run stops
_PAUSE_SECONDS = 0.2
_HOLDERS = """
    SELECT l.key, a.application_name, a.backend_start FROM pg_stat_activity a JOIN (
        SELECT pid, (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) l ON a.pid = l.pid WHERE l.key = ANY(%s)
"""
_AT_WORK = """
    SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = %s LIMIT 1
"""
_SILENCE_SECONDS = 60  # a server that acknowledges nothing for so long is away
_KEEPALIVE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"

_Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"


class PostgresLocks:
    """Shared advisory locks that all sessions of one run may hold, and sessions of no other run beside them.

    Each path has two: one for the path itself, and one that says that something beneath it is held. A run is refused a
    path when another holds either of them, or one for a path that leads to it; that is looked at behind a gate.

    The connection's descriptor is inherited by the programs started meanwhile: the session lives as long as one of
    them does.
    """

    def __init__(self, url: str, holder: Holder, clock: Clock, *, reason_of: Callable[[str], str]) -> None:
        self._url = url
        self._holder = holder
        self._clock = clock
        self._reason_of = reason_of
        self._turn = threading.RLock()
        self._alone: list[str] = []
        self._shared: list[str] = []
        self._connection = self._connect()

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too, beside other sessions of the same run. Raises RefusedError naming who holds one, and why."""
        with self._turn:
            wanted = sorted(set(targets) - set(self._shared))
            leading = sorted({path for target in wanted for path in ancestors(target)})
            with _outage_errors(), self._gate():
                self._refuse_others(wanted, leading)
                keys = [*map(lock_key, wanted), *map(_key_beneath, leading)]
                self._connection.execute("SELECT pg_advisory_lock_shared(key) FROM unnest(%s::bigint[]) key", (keys,))
            self._shared += wanted

    def take_alone(self, target: str) -> None:
        """Hold this one with no other session at all. Raises RefusedError."""
        with self._turn, _outage_errors():
            began = self._clock.monotonic()
            while not _first(self._connection.execute("SELECT pg_try_advisory_lock(%s)", (lock_key(target),))):
                if self._clock.monotonic() - began > _LEFTOVER_SECONDS:
                    raise refusal(target, self._holder_of(target))
                self._clock.sleep(_PAUSE_SECONDS)
            self._alone.append(target)

    def check(self) -> None:
        """See that the session is there; after an outage, take all again. Raises InterruptedRunError if that fails."""
        with self._turn:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.OperationalError:
                self._take_again()

    def release(self) -> None:
        """Let go of all, at once: the server itself hears of a closed connection a moment later."""
        with suppress(psycopg.OperationalError):
            self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()

    def _take_again(self) -> None:
        deadline = self._clock.monotonic() + _OUTAGE_SECONDS
        try:
            retry(
                self._take_anew,
                worth=lambda error: isinstance(error, OutsideError) and self._clock.monotonic() <= deadline,
                pauses_seconds=(_PAUSE_SECONDS,),
                clock=self._clock,
            )
        except RefusedError as error:
            raise InterruptedRunError(
                f"a lock was lost while the ledger was away: {error.message}",
                hint=f"when that run is over: `inv runs.resume {self._holder.run}`",
            ) from error

    def _take_anew(self) -> None:
        """Take everything in a new session; when that fails nothing is held, and the next check begins here again."""
        shared, alone = self._shared, self._alone
        self._connection.close()
        self._connection = self._connect()
        self._shared, self._alone = [], []
        try:
            self.take(shared)
            for target in alone:
                self.take_alone(target)
        except OpsError:
            self._connection.close()
            self._shared, self._alone = shared, alone
            raise

    @contextmanager
    def _gate(self) -> Iterator[None]:
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key(_GATE),))
            yield

    def _refuse_others(self, wanted: Iterable[str], leading: Iterable[str]) -> None:
        """Raises RefusedError when another run holds what is wanted, a part of it, or what leads to it."""
        paths = {lock_key(path): path for path in (*leading, *wanted)}
        paths |= {_key_beneath(path): path for path in wanted}
        for target, run, since in self._list_holders(paths):
            if run != self._holder.run:
                raise refusal(target, self._named(run, since))

    def _holder_of(self, target: str) -> Holder | None:
        """A holder of the target's lock, another run's if there is one."""
        found = [(run, since) for _, run, since in self._list_holders({lock_key(target): target})]
        others = [one for one in found if one[0] != self._holder.run] or found
        return self._named(*others[0]) if others else None

    def _list_holders(self, paths: Mapping[int, str]) -> Iterator[tuple[str, str, datetime]]:
        """Of each session that holds a lock of these numbers: the path, the run, and since when it is there."""
        for key, name, since in self._connection.execute(_HOLDERS, (list(paths),)).fetchall():
            yield paths[key], str(name).removeprefix(_SESSION), since

    def _named(self, run: str, since: datetime) -> Holder:
        return Holder(run=run, reason=self._reason_of(run), since=since.isoformat(timespec="seconds"), pid=0)

    def _connect(self) -> _Connection:
        with _outage_errors():
            connection = _connect(self._url, f"{_SESSION}{self._holder.run}")
        os.set_inheritable(connection.fileno(), True)  # noqa: FBT003 - os's own
        return connection


class PostgresPresence:
    """Knows which runs have a session that holds locks: a living command, or a worker at work on a share."""

    def __init__(self, url: str) -> None:
        self._url = url

    def is_at_work(self, run_id: str) -> bool:
        """Whether anybody is at work on the run."""
        with _outage_errors(), _connect(self._url, "cityops-presence") as connection:
            return _first(connection.execute(_AT_WORK, (f"{_SESSION}{run_id}",))) is not None


def lock_key(target: str) -> int:
    """The number that stands for a target: 63 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(f"cityops/{target}".encode()).digest()[:8], "big") >> 1


def _key_beneath(path: str) -> int:
    """The number that says that something beneath a path is held."""
    return lock_key(f"{path}/")


def _connect(url: str, name: str) -> _Connection:
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=10,
        tcp_user_timeout=_SILENCE_SECONDS * 1000,
        application_name=name,
        options=_KEEPALIVE,
    )


def _first(cursor: "psycopg.Cursor[tuple[Any, ...]]") -> Any:  # noqa: ANN401 - a column of whatever type
    row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def _outage_errors() -> Iterator[None]:
    try:
        yield
    except OpsError:
        raise
    except psycopg.Error as error:
        raise postgresql_error(error) from error

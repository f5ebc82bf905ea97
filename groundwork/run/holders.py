"""Which locks suit a ledger, and whether anybody is at work on a run."""

from collections.abc import Callable, Iterable

from groundwork.run.file_locks import FileLocks, is_locked, list_holders
from groundwork.run.locks import Holder, RunLocks
from groundwork.run.naming import RUN_LOCKS, lock_of_run
from groundwork.shell.clock import Clock
from groundwork.store.location import LedgerLocation


class BothLocks:
    """This machine's locks, which wait for the last program of a dead command, and the ledger's, for all machines."""

    def __init__(self, here: RunLocks, everywhere: RunLocks) -> None:
        self._both = (here, everywhere)

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too. Raises RefusedError naming who holds one, since when, and why."""
        wanted = tuple(targets)
        for locks in self._both:
            locks.take(wanted)

    def take_alone(self, target: str) -> None:
        """Hold this one alone. Raises RefusedError."""
        for locks in self._both:
            locks.take_alone(target)

    def check(self) -> None:
        """See that all are still held. Raises InterruptedRunError when one was lost."""
        for locks in self._both:
            locks.check()

    def release(self) -> None:
        """Let go of all."""
        for locks in reversed(self._both):
            locks.release()


def command_locks(
    location: LedgerLocation, holder: Holder, clock: Clock, *, reason_of: Callable[[str], str]
) -> RunLocks:
    """The locks of a command, or of a worker as such."""
    here = FileLocks(location.locks, holder, clock)
    return BothLocks(here, share_locks(location, holder, clock, reason_of=reason_of)) if location.is_shared else here


def share_locks(location: LedgerLocation, holder: Holder, clock: Clock, *, reason_of: Callable[[str], str]) -> RunLocks:
    """The locks of a worker while it does a share of a run: beside the run's command, and instead of a dead one."""
    from groundwork.run.postgres_locks import PostgresLocks  # noqa: PLC0415 - psycopg is not needed with SQLite

    return PostgresLocks(location.url, holder, clock, reason_of=reason_of)


def list_at_work(location: LedgerLocation) -> tuple[Holder, ...]:
    """The runs that a command of this machine is at work on, with their reasons; the ledger itself is not asked."""
    return list_holders(location.locks, RUN_LOCKS)


def is_at_work(location: LedgerLocation, run_id: str) -> bool:
    """Whether a command, the last program of one, or a worker is at work on the run."""
    if location.is_shared:
        from groundwork.run.postgres_locks import PostgresPresence  # noqa: PLC0415 - see above

        return PostgresPresence(location.url).is_at_work(run_id)
    return is_locked(location.locks, lock_of_run(run_id))

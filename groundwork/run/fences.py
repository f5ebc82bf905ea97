"""Fencing: a run whose locks another run took after it cannot go on, however long it slept in between."""

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Connection, func, select

from groundwork.errors import OutsideError, RefusedError
from groundwork.model.lock_path import current_path, known_part, outermost, overlap
from groundwork.run.locks import RunLocks
from groundwork.store.store import Store
from groundwork.store.tables import LOCKS_TAKEN

_Taken = tuple[int, str, str]  # the number, the run, the target


class OvertakenError(RefusedError):
    """A later run took a lock of this one since."""


class Fence:
    """One run's notes of the locks it took, numbered in the ledger, and who took them after it.

    `exists` says whether the ledger knows a run: one that died between its locks and its first record did nothing.
    """

    def __init__(self, tables: Store, run_id: str, *, exists: Callable[[str], bool]) -> None:
        self._tables = tables
        self._run = run_id
        self._exists = exists
        self._own: dict[str, int] = {}
        self._seen = 0

    def take(self, targets: Iterable[str]) -> None:
        """Note locks that are held now. Raises OvertakenError when a later run took one that was noted before."""
        with self._tables.open() as connection:
            self._own = self._notes(connection)
            later = self._later_than(connection, min(self._own.values())) if self._own else []
        self._refuse(one for one in later if self._exists(one[1]))
        new = sorted(set(map(current_path, targets)) - self._own.keys())
        with self._tables.open() as connection:
            if new:
                connection.execute(LOCKS_TAKEN.insert(), [{"run": self._run, "target": target} for target in new])
            self._own = self._notes(connection)
            self._seen = int(connection.execute(select(func.max(LOCKS_TAKEN.c.number))).scalar() or 0)

    def forget(self) -> None:
        """Drop the run's notes: an undo that is resumed looks at what is there now, as a new one would."""
        with self._tables.open() as connection:
            connection.execute(LOCKS_TAKEN.delete().where(LOCKS_TAKEN.c.run == self._run))

    def check(self) -> None:
        """See that nobody took one of the noted locks since. Raises OvertakenError naming who did."""
        if not self._own:
            return
        newest = self._tables.newest(LOCKS_TAKEN.c.number)  # asked before each step, and nearly always what it was
        if newest == self._seen:
            return
        with self._tables.open() as connection:
            later = self._later_than(connection, self._seen)
        self._refuse(later)
        self._seen = newest

    def refuse_undo(self, undo_run: str) -> None:
        """Raises OvertakenError when a later run, but for the one that undoes this one, took one of the noted locks."""
        with self._tables.open() as connection:
            self._own = self._notes(connection)
            later = self._later_than(connection, min(self._own.values())) if self._own else []
        for run, taken in self._overtaking(one for one in later if one[1] != undo_run and self._exists(one[1])):
            raise OvertakenError(
                f"run {self._run} cannot be undone: run {run} took {taken} after it, and what stands there now is not "
                "what it left",
                hint="see what each did with `inv runs.show`, and plan again what should be",
            )

    def _refuse(self, later: Iterable[_Taken]) -> None:
        for run, taken in self._overtaking(later):
            raise OvertakenError(
                f"run {self._run} cannot go on: run {run} took {taken} after it, and what stands there now is "
                "not what it left",
                hint=f"see what each did with `inv runs.show`; plan again, and take back what "
                f"{self._run} left with `inv runs.cancel {self._run} --reason …`",
            )

    def _overtaking(self, later: Iterable[_Taken]) -> Iterator[tuple[str, str]]:
        """Which run took what of ours after us."""
        for number, run, taken in later:
            if any(number > noted and overlap(target, taken) for target, noted in self._own.items()):
                yield run, taken

    def _notes(self, connection: Connection) -> dict[str, int]:
        rows = connection.execute(select(LOCKS_TAKEN).where(LOCKS_TAKEN.c.run == self._run))
        return {current_path(str(row.target)): int(row.number) for row in rows}

    def _later_than(self, connection: Connection, number: int) -> list[_Taken]:
        later = LOCKS_TAKEN.c.number > number
        rows = connection.execute(select(LOCKS_TAKEN).where(later, LOCKS_TAKEN.c.run != self._run))
        return sorted((int(row.number), str(row.run), current_path(str(row.target))) for row in rows)


class FencedLocks:
    """The locks of one run in one process, whose taking is noted: who took them meanwhile is found out."""

    def __init__(self, locks: RunLocks, fence: Fence) -> None:
        self._locks = locks
        self._fence = fence

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too, older ledgers' among them, and note it. Raises OvertakenError as well."""
        wanted = outermost(map(current_path, targets))
        self._locks.take(map(known_part, wanted))
        self._fence.take(wanted)

    def take_alone(self, target: str) -> None:
        """Hold this one alone; it is no target, and not noted. Raises RefusedError."""
        self._locks.take_alone(target)

    def check(self) -> None:
        """See that all are held, and were in nobody else's hands meanwhile. Raises OvertakenError naming whose."""
        self._locks.check()
        try:
            self._fence.check()
        except OutsideError:  # the ledger went away just now: the locks know how to wait for it
            self._locks.check()
            self._fence.check()

    def release(self) -> None:
        """Let go of all."""
        self._locks.release()

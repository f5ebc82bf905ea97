"""Taking runs out of the ledger: what is left of one is a line that says when it went, who took it out, and why.

The line is written first: a removal that was killed is known by it, and the next one ends it. A run that has such a
line did exist: its saved plan stays used, and what it locked after another run stays locked after it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from dbos import DBOSClient
from sqlalchemy import func, select

from groundwork.run.index import RunIndex
from groundwork.store.store import Store, insert_into
from groundwork.store.tables import LOCKS_TAKEN, PRUNED

_BATCH = 50  # runs a transaction, with all their shares, lanes and steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """That a run was taken out of the ledger."""

    run: str
    at: datetime
    by: str
    reason: str


class Removal:
    """Takes runs out of one ledger."""

    def __init__(self, tables: Store, client: DBOSClient, index: RunIndex) -> None:
        self._tables = tables
        self._client = client
        self._index = index

    def half_gone(self) -> tuple[str, ...]:
        """The runs whose removal was begun and has not ended."""
        with self._tables.open() as connection:
            return tuple(connection.execute(select(PRUNED.c.run).where(PRUNED.c.gone.is_(False))).scalars())

    def remove(self, runs: Sequence[str], *, at: datetime, by: str, reason: str, report: Callable[[int], None]) -> None:
        """Take the runs out, with everything that the engine keeps of them; `report` gets how many are gone so far.

        Nobody may be at work on one. Killed half-way, it is ended by removing `half_gone`.
        """
        gone = 0
        for some in _batches(runs):
            line = {"at_ms": int(at.timestamp() * 1000), "by": by, "reason": reason, "gone": False}
            with self._tables.open() as connection:
                insert = insert_into(connection, PRUNED).on_conflict_do_nothing()
                connection.execute(insert, [{"run": run, **line} for run in some])
            self._index.forget(some)  # before the engine does: what is listed can be shown
            self._client.delete_workflows(some, delete_children=True)
            with self._tables.open() as connection:
                connection.execute(PRUNED.update().where(PRUNED.c.run.in_(some)).values(gone=True))
            gone += len(some)
            report(gone)
        self._forget_locks()

    def _forget_locks(self) -> None:
        """Drop the notes of locks that stand after no note of a run that is still there: nobody asks for them."""
        gone = LOCKS_TAKEN.c.run.in_(select(PRUNED.c.run))
        with self._tables.open() as connection:
            oldest = connection.execute(select(func.min(LOCKS_TAKEN.c.number)).where(~gone)).scalar()
            if oldest is not None:
                connection.execute(LOCKS_TAKEN.delete().where(gone, LOCKS_TAKEN.c.number < oldest))


def read_removed(tables: Store, run_id: str) -> Removed | None:
    """When and why a run was taken out; None when it was not."""
    with tables.open() as connection:
        row = connection.execute(select(PRUNED).where(PRUNED.c.run == run_id)).first()
    if row is None:
        return None
    return Removed(run=run_id, at=datetime.fromtimestamp(row.at_ms / 1000, UTC), by=row.by, reason=row.reason)


def _batches(runs: Sequence[str]) -> Iterator[list[str]]:
    left = iter(runs)
    while batch := list(islice(left, _BATCH)):
        yield batch

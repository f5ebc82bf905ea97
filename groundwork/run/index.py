"""The index of runs: what lists need of the engine's rows, in a table of our own that is searched quickly.

The engine's rows remain the truth. Before each reading the index takes in what the engine recorded meanwhile: rows
begun since the newest that it knows, and those of which more was expected. So whatever it lacks comes back: after a
kill, in a ledger of a version before it, when it was emptied.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import WorkflowStatus
from sqlalchemy import ColumnElement, Row, and_, or_, select

from groundwork.run.lane_rows import ENDED
from groundwork.run.reading import read_run_record
from groundwork.run.record import RunRecord
from groundwork.run.saved import read_permit
from groundwork.store.store import Store
from groundwork.store.tables import RUNS

_PAGE = 200  # runs that are held at once
_OVERLAP_MS = int(timedelta(days=1) / timedelta(milliseconds=1))  # how far the clocks of two machines may be apart
_SETTLED = ENDED | {"CANCELLED"}


ListWorkflows = Callable[..., list[WorkflowStatus]]  # the engine's own: its filters in, rows out, oldest first


class RunIndex:
    """The runs of one ledger, newest first, in no more memory than a page of them takes."""

    def __init__(self, store: Store, list_workflows: ListWorkflows) -> None:
        self._store = store
        self._list_workflows = list_workflows

    def refresh(self) -> None:
        """Take in what the engine recorded since the index was read last."""
        with self._store.open() as connection:
            newest = connection.execute(
                select(RUNS.c.started_ms).where(RUNS.c.changed_ms > 0).order_by(RUNS.c.started_ms.desc()).limit(1)
            ).scalar()
            since = int(newest) - _OVERLAP_MS if newest is not None else None
            known = {
                str(row.id): int(row.changed_ms)
                for row in connection.execute(
                    select(RUNS.c.id, RUNS.c.changed_ms).where(
                        or_(RUNS.c.settled.is_(False), RUNS.c.started_ms >= (since or 0))
                    )
                )
            }
            unsettled = set(connection.execute(select(RUNS.c.id).where(RUNS.c.settled.is_(False))).scalars())
        for page in self._begun(since, with_outputs=since is None):
            changed = [row for row in page if known.get(row.workflow_id) != row.updated_at]
            unsettled.difference_update(row.workflow_id for row in changed)
            self._keep(changed if since is None else self._read([row.workflow_id for row in changed]))
        self._keep(self._read(unsettled))

    def announce(self, run_id: str, at: datetime) -> None:
        """Expect a run that is about to be recorded: it is found even where its machine's clock is days behind."""
        row: dict[str, object] = {
            "id": run_id,
            "operation": "",
            "started_ms": int(at.timestamp() * 1000),
            "changed_ms": 0,
            "settled": False,
            "succeeded": False,
            "undo": False,
            "record": {},
        }
        with self._store.open() as connection:
            self._store.upsert(connection, RUNS, [row], key=RUNS.c.id, newer=RUNS.c.changed_ms)

    def expect(self, run_id: str) -> None:
        """Expect more of a run that is about to be changed."""
        with self._store.open() as connection:
            connection.execute(RUNS.update().where(RUNS.c.id == run_id).values(settled=False))

    def take_in(self, run_id: str) -> None:
        """Read one run anew."""
        self._keep(self._read([run_id]))

    def iterate(self, *, operation: str | None, since: datetime | None) -> Iterator[tuple[RunRecord, bool]]:
        """The runs (of an operation, begun at a moment or later), newest first, and whether each is settled."""
        wanted: list[ColumnElement[bool]] = [RUNS.c.changed_ms > 0]
        if operation is not None:
            wanted.append(RUNS.c.operation == operation)
        if since is not None:
            wanted.append(RUNS.c.started_ms >= int(since.timestamp() * 1000))
        last: Row[Any] | None = None
        while True:
            older = [] if last is None else [_older(last)]
            query = select(RUNS).where(*wanted, *older).order_by(RUNS.c.started_ms.desc(), RUNS.c.number.desc())
            with self._store.open() as connection:
                page = connection.execute(query.limit(_PAGE)).all()
            yield from ((_record(row), bool(row.settled)) for row in page)
            if len(page) < _PAGE:
                return
            last = page[-1]

    def newest(self, operation: str, *, succeeded_only: bool) -> str | None:
        """The id of the newest run of an operation that is not an undo; None when there is none."""
        wanted = [RUNS.c.changed_ms > 0, RUNS.c.operation == operation, RUNS.c.undo.is_(False)]
        if succeeded_only:
            wanted.append(RUNS.c.succeeded.is_(True))
        query = select(RUNS.c.id).where(*wanted).order_by(RUNS.c.started_ms.desc(), RUNS.c.number.desc()).limit(1)
        with self._store.open() as connection:
            return connection.execute(query).scalar()

    def forget(self, run_ids: Iterable[str]) -> None:
        """Drop runs that the engine has no rows of any more."""
        with self._store.open() as connection:
            connection.execute(RUNS.delete().where(RUNS.c.id.in_(list(run_ids))))

    def _begun(self, since: int | None, *, with_outputs: bool) -> Iterator[list[WorkflowStatus]]:
        """The engine's rows of runs begun since then, oldest first, in pages; a row may come twice."""
        offset = 0
        while True:
            page = self._list_workflows(
                name="run",
                start_time=_moment(since) if since is not None else None,
                limit=_PAGE,
                offset=offset,
                load_input=False,
                load_output=with_outputs,
            )
            yield page
            if len(page) < _PAGE:
                return
            last = page[-1].created_at or 0
            offset = offset + _PAGE if last == since else 0  # more of one moment than a page holds
            since = last

    def _read(self, run_ids: Iterable[str]) -> list[WorkflowStatus]:
        """The engine's rows of these runs, in the order given."""
        wanted = list(run_ids)
        found = {
            row.workflow_id: row
            for start in range(0, len(wanted), _PAGE)
            for row in self._list_workflows(workflow_ids=wanted[start : start + _PAGE], load_input=False)
        }
        return [found[run_id] for run_id in wanted if run_id in found]

    def _keep(self, rows: Sequence[WorkflowStatus]) -> None:
        if not rows:
            return
        with self._store.open() as connection:
            self._store.upsert(connection, RUNS, [_row(one) for one in rows], key=RUNS.c.id, newer=RUNS.c.changed_ms)


def _row(status: WorkflowStatus) -> dict[str, object]:
    record = read_run_record(status, alive=False)
    kept = {name: value for name, value in asdict(record).items() if name != "stages"}
    return {
        "id": record.id,
        "operation": record.operation,
        "started_ms": status.created_at or 0,
        "changed_ms": max(status.updated_at or 0, 1),
        "settled": status.status in _SETTLED,
        "succeeded": record.status == "succeeded",
        "undo": record.undo_of is not None,
        "record": kept,
    }


def _record(row: Row[Any]) -> RunRecord:
    read = {"resumed": tuple(row.record["resumed"]), "permit": read_permit(row.record.get("permit"))}
    return RunRecord(**{**row.record, **read})


def _older(than: Row[Any]) -> ColumnElement[bool]:
    same = and_(RUNS.c.started_ms == than.started_ms, RUNS.c.number < than.number)
    return or_(RUNS.c.started_ms < than.started_ms, same)


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()

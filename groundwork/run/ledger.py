"""The ledger: every run that was started, read without starting the engine."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import cast

from dbos import DBOSClient, DBOSPortableJSONSerializer, StepInfo, WorkflowStatus
from sqlalchemy.exc import OperationalError, ProgrammingError

from groundwork.change.approval import Permit
from groundwork.errors import ConfigurationError, UsageError
from groundwork.run.admission import use_once
from groundwork.run.fences import Fence
from groundwork.run.holders import is_at_work, list_at_work
from groundwork.run.index import RunIndex
from groundwork.run.lane_rows import LaneRows, ShareRows, TakenTrack
from groundwork.run.launch import quieten
from groundwork.run.naming import APPLICATION, order_of_share, share_of
from groundwork.run.pin import refuse_another, refuse_lost
from groundwork.run.reading import read_run_record, read_stages
from groundwork.run.record import RunRecord
from groundwork.run.removal import Removal, read_removed
from groundwork.run.saved import Document, read_permit
from groundwork.store.database import database_errors
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store


class Ledger:
    """Reads runs; open it with `open_ledger`. A ledger that is not there yet holds no runs."""

    def __init__(self, location: LedgerLocation, client: DBOSClient | None, tables: Store) -> None:
        self.location = location
        self._client = client
        self._tables = tables
        self._index = RunIndex(tables, client.list_workflows) if client else None

    def list_runs(self, *, operation: str | None = None, limit: int | None = None) -> tuple[RunRecord, ...]:
        """The runs without their stages, newest first."""
        return tuple(islice(self.iterate_runs(operation=operation), limit))

    def iterate_runs(self, *, operation: str | None = None, since: datetime | None = None) -> Iterator[RunRecord]:
        """The runs (of an operation, begun at a moment or later) without their stages, newest first, read in pages.

        None where there is no ledger yet.
        """
        if self._index is None:
            return
        self._index.refresh()
        for record, settled in self._index.iterate(operation=operation, since=since):
            alive = not settled and record.status == "interrupted" and is_at_work(self.location, record.id)
            yield replace(record, status="running") if alive else record

    def identity(self) -> str:
        """Which ledger it is: given once, when it was made. Raises ConfigurationError when there is none."""
        if self._client is None:
            where = "PostgreSQL" if self.location.is_shared else str(self.location.file)
            raise ConfigurationError(
                f"there is no ledger yet at {where}: no run is recorded there",
                hint="is `state` or `ledger` in the settings the city's? it is made by the first run with --live",
            )
        return self._tables.identity()

    def read_run(self, run_id: str) -> RunRecord:
        """One run with its stages and steps. Raises UsageError when there is none of that id."""
        row = self.row(run_id)
        shares = self.share_rows(run_id)
        later = [cast("Document", step["output"])["plan"] for step in self._own_steps(run_id, "advance")]
        plans = [inputs_of(row)["plan"], *filter(None, later)]
        return read_run_record(row, alive=self._alive(row), stages=read_stages(plans, shares))

    def latest(self, operation: str, *, succeeded_only: bool = False) -> RunRecord | None:
        """The newest run of an operation that is not an undo, with its stages; None when there is none."""
        if self._index is None:
            return None
        self._index.refresh()
        found = self._index.newest(operation, succeeded_only=succeeded_only)
        return self.read_run(found) if found else None

    def row(self, run_id: str) -> WorkflowStatus:
        """The engine's row of a run. Raises UsageError when there is none."""
        found = self._client.list_workflows(workflow_ids=[run_id]) if self._client else []
        if not found:
            self._refuse_pruned(run_id)
            raise UsageError(f"the ledger has no run {run_id}", hint="`inv runs.list` shows the runs there are")
        return found[0]

    def shares(self, run_id: str, *, load_input: bool = False) -> list[WorkflowStatus]:
        """The engine's rows of a run's shares, in order of stage, wave and site."""
        client = self._opened()
        rows = client.list_workflows(parent_workflow_id=run_id, load_input=load_input, load_output=False)
        return sorted(rows, key=lambda row: order_of_share(row.workflow_id))

    def lanes(self, share_ids: Sequence[str]) -> list[WorkflowStatus]:
        """The engine's rows of the lanes of shares, in order of their ids."""
        if not share_ids:
            return []
        rows = self._opened().list_workflows(parent_workflow_id=list(share_ids), load_input=False, load_output=False)
        return sorted(rows, key=lambda row: row.workflow_id)

    def share_rows(self, run_id: str, *, load_input: bool = False) -> list[ShareRows]:
        """All that is recorded of a run's shares, in order of stage, wave and site."""
        shares = self.shares(run_id, load_input=load_input)
        lanes: dict[str, list[LaneRows]] = {}
        for row in self.lanes([share.workflow_id for share in shares]):
            rows = LaneRows(row=row, steps=self.rows(row.workflow_id))
            lanes.setdefault(share_of(row.workflow_id), []).append(rows)
        return [
            ShareRows(row=row, steps=self.rows(row.workflow_id), lanes=tuple(lanes.get(row.workflow_id, ())))
            for row in shares
        ]

    def rows(self, workflow_id: str, *, already: int = 0) -> list[StepInfo]:
        """What a share or a lane recorded, but for the first rows."""
        return self._opened().list_workflow_steps(workflow_id, offset=already)

    def taken(self, share_id: str) -> tuple[TakenTrack, ...]:
        """The tracks that the lanes of a share took."""
        (row,) = self._opened().list_workflows(workflow_ids=[share_id], load_input=False, load_output=False)
        lanes = (LaneRows(row=lane, steps=self.rows(lane.workflow_id)) for lane in self.lanes([share_id]))
        return ShareRows(row=row, steps=[], lanes=tuple(lanes)).taken()

    def _own_steps(self, run_id: str, name: str) -> list[StepInfo]:
        """The steps of that name that a run itself recorded."""
        steps = self._opened().list_workflow_steps(run_id)
        return [step for step in steps if step["function_name"] == name and step["output"] is not None]

    def states(self, workflow_ids: tuple[str, ...]) -> dict[str, str]:
        """The engine's word for the state of each."""
        rows = self._opened().list_workflows(workflow_ids=list(workflow_ids), load_input=False, load_output=False)
        return {row.workflow_id: row.status for row in rows}

    def is_cancelled(self, run_id: str) -> bool:
        """Whether somebody cancelled a run."""
        return "cancel_reason" in (self.row(run_id).attributes or {})

    def take_up(self, share_id: str) -> int:
        """Count that a share is being carried out; how many times that makes, without those that were put down."""
        (row,) = self._opened().list_workflows(workflow_ids=[share_id], load_input=False, load_output=False)
        times = int((row.attributes or {}).get("times", 0)) + 1
        self._count(share_id, times)
        return times

    def put_down(self, share_id: str, times: int) -> None:
        """Take that count back: the share was left between two steps, with none in flight."""
        self._count(share_id, times - 1)

    def _count(self, share_id: str, times: int) -> None:
        self._opened().update_workflow_attributes(share_id, {"times": times}, merge=True)

    def announce(self, run_id: str, at: datetime) -> None:
        """Say that a run is about to be recorded."""
        self._indexed().announce(run_id, at)

    def note(self, run_id: str, about: Document) -> None:
        """Add to what is known about a run."""
        self._indexed().expect(run_id)
        self._opened().update_workflow_attributes(run_id, about, merge=True)
        self._indexed().take_in(run_id)

    def permit_of(self, run_id: str) -> Permit:
        """What the run came with, or was gone on with: an emergency, say."""
        return read_permit((self.row(run_id).attributes or {}).get("permit"))

    def fence(self, run_id: str) -> Fence:
        """The run's notes of its locks, and who took them after it."""
        return Fence(self._tables, run_id, exists=self._has_existed)

    def use_plan(self, plan_id: str, run_id: str) -> None:
        """Note that the run uses the saved plan. Raises RefusedError when another run did."""
        use_once(self._tables, plan_id, run_id, exists=self._has_existed)

    def cancel(self, run_id: str) -> None:
        """Tell the engine that the run and its shares go no further than the step in flight."""
        self._opened().cancel_workflow(run_id, cancel_children=True)

    def queue_again(self, workflow_ids: tuple[str, ...], queue: str) -> None:
        """Put workflows that nobody is at work on onto a queue that nobody listens to yet.

        One that a kill left on that queue would else be begun twice: by whoever begins to listen, and by being put
        there again.
        """
        self._opened().resume_workflows(list(workflow_ids), queue_name=queue)

    def reason_of(self, run_id: str) -> str:
        """Why a run was started; empty when the ledger does not know it."""
        found = self._client.list_workflows(workflow_ids=[run_id], load_input=False) if self._client else []
        return str((found[0].attributes or {}).get("reason", "")) if found else ""

    def open_queue(self, name: str, *, poll_seconds: float) -> None:
        """Make a queue that is there when the engine is launched."""
        self._opened().register_queue(name, polling_interval_sec=poll_seconds, on_conflict="always_update")

    def close_queue(self, name: str) -> None:
        """Remove the queue of a run that is at its end."""
        self._opened().delete_queue(name)

    def removal(self) -> Removal:
        """What takes runs out of the ledger."""
        return Removal(self._tables, self._opened(), self._indexed())

    def compact(self) -> bool:
        """Give the room of what was removed back to the disk; False when somebody is using the ledger just now.

        PostgreSQL does so by itself.
        """
        return self.location.is_shared or (not list_at_work(self.location) and self._tables.compact())

    def size_bytes(self) -> int | None:
        """What the ledger takes on this machine's disk; None for a database elsewhere."""
        if self.location.is_shared:
            return None
        kept = (self.location.file, self.location.file.with_name(f"{self.location.file.name}-wal"))
        return sum(file.stat().st_size for file in kept if file.exists())

    def _has_existed(self, run_id: str) -> bool:
        return run_id in self.states((run_id,)) or read_removed(self._tables, run_id) is not None

    def _refuse_pruned(self, run_id: str) -> None:
        gone = read_removed(self._tables, run_id) if self._client else None
        if gone:
            raise UsageError(
                f"run {run_id} was taken out of the ledger at {gone.at:%Y-%m-%d %H:%M} UTC by {gone.by}: {gone.reason}",
                hint="its evidence, where it left some, stands in the state folder under evidence/",
            )

    def _opened(self) -> DBOSClient:
        if self._client is None:
            raise UsageError("there is no ledger yet", hint="it is made by the first run with --live")
        return self._client

    def _indexed(self) -> RunIndex:
        if self._index is None:
            raise UsageError("there is no ledger yet", hint="it is made by the first run with --live")
        return self._index

    def _alive(self, row: WorkflowStatus) -> bool:
        return row.status in {"PENDING", "ENQUEUED"} and is_at_work(self.location, row.workflow_id)


@contextmanager
def open_ledger(location: LedgerLocation) -> Iterator[Ledger]:
    """The ledger at a location, for reading.

    Raises UnreachableError when its database does not answer, or stops answering, and ConfigurationError when the
    ledger that the state folder belongs to is gone, or another one is in its place.
    """
    quieten()
    refuse_lost(location)
    tables = Store(location)
    if not location.is_shared and not location.file.exists():
        yield Ledger(location, None, tables)
        return
    with closing(tables), database_errors(location):
        client = DBOSClient(
            system_database_url=location.database_url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
        )
        try:
            made = _is_made(client)
            refuse_another(location, tables.identity() if made else "")
            if made:
                tables.bring_up()
            yield Ledger(location, client if made else None, tables)
        finally:
            client.destroy()


def _is_made(client: DBOSClient) -> bool:
    """Whether the engine has made all its tables in the database; it may just be about it."""
    try:
        client.list_workflows(limit=1)
    except ProgrammingError:
        return False
    except OperationalError as error:
        if "no such table" in str(error.orig):  # SQLite's word; a first run was killed before it made them
            return False
        raise
    return True


def inputs_of(row: WorkflowStatus) -> Document:
    """The order a workflow was started with."""
    if row.input is None:
        raise AssertionError(f"{row.workflow_id} was read without its input")
    return cast("Document", row.input["args"][0])

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import WorkflowStatus

from groundwork.run.index import RunIndex
from groundwork.run.record import RunRecord
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store
from groundwork.store.tables import RUNS

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@dataclass
class Engine:
    """The engine's rows in memory, with the filters that the index uses; `asked` counts what it gave."""

    rows: list[WorkflowStatus] = field(default_factory=list)
    asked: int = 0

    def list_workflows(self, **wanted: Any) -> list[WorkflowStatus]:  # noqa: ANN401 - the engine's filters
        found = sorted(self.rows, key=lambda row: row.created_at or 0)
        if (ids := wanted.get("workflow_ids")) is not None:
            found = [row for row in found if row.workflow_id in ids]
        if since := wanted.get("start_time"):
            found = [row for row in found if (row.created_at or 0) >= milliseconds(datetime.fromisoformat(since))]
        offset = wanted.get("offset") or 0
        found = found[offset : offset + (wanted.get("limit") or len(found))]
        self.asked += len(found)
        return found

    def begin(self, name: str, *, operation: str = "toy", after: timedelta = timedelta(), **about: object) -> None:
        row = WorkflowStatus()
        row.workflow_id = name
        row.status = "PENDING"
        row.name = "run"
        row.app_version = "2"
        row.created_at = row.updated_at = milliseconds(BEGAN + after)
        row.completed_at = None
        row.attributes = {"operation": operation, **about}
        self.rows.append(row)

    def end(self, name: str, *, exit_code: int = 0, after: timedelta = timedelta(hours=1)) -> None:
        row = self.row(name)
        row.status = "SUCCESS"
        row.output = {"exit_code": exit_code, "summary": {"done": name}}
        row.updated_at = row.completed_at = milliseconds(BEGAN + after)

    def row(self, name: str) -> WorkflowStatus:
        return next(row for row in self.rows if row.workflow_id == name)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(LedgerLocation(state=tmp_path))) as opened:
        opened.bring_up()
        yield opened


@pytest.fixture
def index(engine: Engine, store: Store) -> RunIndex:
    return RunIndex(store, engine.list_workflows)


def listed(index: RunIndex, *, operation: str | None = None, since: datetime | None = None) -> list[RunRecord]:
    index.refresh()
    return [record for record, _settled in index.iterate(operation=operation, since=since)]


def names(index: RunIndex, *, operation: str | None = None, since: datetime | None = None) -> list[str]:
    return [record.id for record in listed(index, operation=operation, since=since)]


def test_runs_are_listed_newest_first_by_operation_and_since(engine: Engine, index: RunIndex) -> None:
    for number in range(5):
        engine.begin(f"r{number}", operation="even" if number % 2 == 0 else "odd", after=timedelta(days=number))
    assert names(index) == ["r4", "r3", "r2", "r1", "r0"]
    assert names(index, operation="even") == ["r4", "r2", "r0"]
    assert names(index, operation="odd", since=BEGAN + timedelta(days=3)) == ["r3"]
    assert names(index, operation="none") == []


def test_a_run_is_read_again_until_its_end_and_not_after(engine: Engine, index: RunIndex) -> None:
    engine.begin("slow")
    engine.begin("later", after=timedelta(days=9))
    engine.end("later", after=timedelta(days=9))
    assert [one.status for one in listed(index)] == ["succeeded", "interrupted"]
    engine.end("slow", exit_code=5, after=timedelta(days=10))
    (_, slow) = listed(index)
    assert (slow.status, slow.exit_code, slow.summary, slow.ended) == (
        "failed",
        5,
        {"done": "slow"},
        (BEGAN + timedelta(days=10)).isoformat(),
    )
    engine.asked = 0
    listed(index)
    assert engine.asked == 1  # "later", which began less than a day before the newest


def test_more_runs_of_one_moment_than_a_page_holds_are_all_found_in_their_order(
    engine: Engine, index: RunIndex
) -> None:
    for number in range(450):
        engine.begin(f"r{number:03}")
    engine.begin("last", after=timedelta(seconds=1))
    assert names(index) == ["last", *(f"r{number:03}" for number in reversed(range(450)))]


def test_an_index_that_was_emptied_or_cut_off_half_way_is_whole_again(
    engine: Engine, index: RunIndex, store: Store
) -> None:
    for number in range(250):
        engine.begin(f"r{number:03}", after=timedelta(hours=number))
    whole = names(index)
    with store.open() as connection:
        connection.execute(RUNS.delete().where(RUNS.c.started_ms > milliseconds(BEGAN + timedelta(hours=99))))
    assert names(index) == whole
    with store.open() as connection:
        connection.execute(RUNS.delete())
    assert names(index) == whole


def test_a_run_of_a_machine_whose_clock_is_days_behind_is_found_once_it_was_announced(
    engine: Engine, index: RunIndex
) -> None:
    engine.begin("newest", after=timedelta(days=30))
    listed(index)
    index.announce("behind", BEGAN)
    assert names(index) == ["newest"]  # not recorded yet
    engine.begin("behind", operation="toy")
    assert names(index, operation="toy") == ["newest", "behind"]


def test_what_is_noted_of_a_run_that_ended_long_ago_is_listed(engine: Engine, index: RunIndex) -> None:
    engine.begin("old")
    engine.end("old")
    engine.begin("newest", after=timedelta(days=30))
    assert [one.undone_by for one in listed(index)] == [None, None]
    index.expect("old")
    engine.row("old").attributes = {"operation": "toy", "undone_by": "old-undo"}
    assert listed(index)[1].undone_by == "old-undo"


def test_what_was_read_before_a_change_never_replaces_what_was_read_after_it(
    engine: Engine, index: RunIndex, store: Store
) -> None:
    engine.begin("one")
    engine.end("one")
    listed(index)

    stale = Engine()
    stale.begin("one")
    RunIndex(store, stale.list_workflows).take_in("one")
    assert [one.status for one in listed(index)] == ["succeeded"]


def test_the_newest_run_of_an_operation_is_no_undo(engine: Engine, index: RunIndex) -> None:
    engine.begin("good")
    engine.end("good")
    engine.begin("bad", after=timedelta(days=1))
    engine.end("bad", exit_code=5, after=timedelta(days=1))
    engine.begin("bad-undo", after=timedelta(days=2), undo_of="bad")
    engine.end("bad-undo", after=timedelta(days=2))
    index.refresh()
    assert index.newest("toy", succeeded_only=False) == "bad"
    assert index.newest("toy", succeeded_only=True) == "good"
    assert index.newest("other", succeeded_only=False) is None


def test_a_forgotten_run_is_not_listed(engine: Engine, index: RunIndex) -> None:
    engine.begin("one")
    engine.begin("two", after=timedelta(days=9))
    listed(index)
    engine.rows.remove(engine.row("one"))
    index.forget(["one"])
    assert names(index) == ["two"]

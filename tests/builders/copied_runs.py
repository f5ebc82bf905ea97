"""A ledger with any number of runs, laid down as rows: copies of one that the engine recorded."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import MetaData, Table, create_engine, select
from sqlalchemy.engine import make_url

from groundwork.run.engine import open_engine
from groundwork.store.location import LedgerLocation
from tests.builders.toy_run import ToyOrder, toy_operation
from tests.builders.toy_steps import plan, track, wave

Row = dict[str, Any]

APART_MS = 600_000  # a run each ten minutes: 100,000 of them in not quite two years
_TABLES = ("workflow_status", "workflow_input", "workflow_output", "operation_outputs")
_MOMENTS = {
    "created_at",
    "updated_at",
    "completed_at",
    "started_at_epoch_ms",
    "completed_at_epoch_ms",
    "retention_timestamp",
}
_BATCH = 2000


def lay_down_runs(location: LedgerLocation, operations: Sequence[str]) -> tuple[str, ...]:
    """One ended run of each operation named, the newest first; their ids."""
    with open_engine(
        {"toy": toy_operation(location.state, ToyOrder(sites={"central": ["a"]}))}, ledger=location
    ) as engine:
        made = engine.start(plan(wave("one", track("a"))), reason="a model", say=lambda _line: None)
    url = make_url(location.database_url)
    database = create_engine(url.set(drivername="postgresql+psycopg") if location.is_shared else url)
    schema = "dbos" if location.is_shared else None
    metadata = MetaData(schema=schema)
    ids = tuple(f"{made.id}-{number:06}" for number in range(len(operations)))
    with database.begin() as connection:
        for name in _TABLES:
            table = Table(name, metadata, autoload_with=connection)
            model = [dict(row) for row in connection.execute(select(table)).mappings()]
            copies = (
                _copy(row, made.id, new, number, operation)
                for number, (new, operation) in enumerate(zip(ids, operations, strict=True))
                for row in model
            )
            while batch := list(islice(copies, _BATCH)):
                connection.execute(table.insert(), batch)
    database.dispose()
    return ids


def _copy(row: Mapping[str, Any], old: str, new: str, number: int, operation: str) -> Row:
    copied = dict(row)
    for column, value in row.items():
        if column in _MOMENTS and value is not None:
            copied[column] = value - (number + 1) * APART_MS
        elif isinstance(value, str):
            copied[column] = value.replace(old, new)
    if row.get("name") == "run":
        about = row["attributes"]  # text with SQLite
        known = json.loads(about) if isinstance(about, str) else about
        changed = {**known, "operation": operation}
        copied["attributes"] = json.dumps(changed) if isinstance(about, str) else changed
    return copied

"""A ledger of very many runs: the runs of the first version's ledger, copied with ids and moments of their own."""

import sqlite3
from contextlib import closing
from pathlib import Path

from groundwork.store.location import LedgerLocation
from tests.builders.old_ledger import lay_down_old_ledger

_BACKUP = "20261126-010718-backup-c0e1"
_REPLICATION = "20261126-010718-backup-8059"
_DRILL = "20261126-010719-drill-3198"
_OF_HUNDRED = {_BACKUP: 97, _REPLICATION: 2, _DRILL: 1}
_MINUTE = 60_000
# table, its column of a workflow's id, further columns of ids, columns of moments
_TABLES = (
    ("workflow_status", "workflow_uuid", ("parent_workflow_id",), ("created_at", "updated_at", "completed_at")),
    ("workflow_input", "workflow_uuid", (), ()),
    ("workflow_output", "workflow_uuid", (), ()),
    ("operation_outputs", "workflow_uuid", ("child_workflow_id",), ("started_at_epoch_ms", "completed_at_epoch_ms")),
)


def lay_down_many_runs(state: Path, runs: int) -> LedgerLocation:
    """A ledger of so many runs more, one a minute into the past: of a hundred, 97 backups, 2 replications, 1 drill.

    Replications have their shares and steps; of backups and drills there is the run alone, with its summary.
    """
    location = lay_down_old_ledger(state)
    with closing(sqlite3.connect(location.file)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")  # nobody has to find it after a power cut
        last = 0
        for run, share in _OF_HUNDRED.items():
            first, last = last, last + runs * share // 100
            connection.execute("DROP TABLE IF EXISTS temp.number")
            connection.execute("CREATE TEMP TABLE number (i INTEGER PRIMARY KEY)")
            connection.executemany("INSERT INTO temp.number VALUES (?)", ((i,) for i in range(first, last)))
            for table in _TABLES:
                if run == _REPLICATION or table[0] in {"workflow_status", "workflow_output"}:
                    _copy(connection, run, table)
    return location


def _copy(connection: sqlite3.Connection, run: str, table: tuple[str, str, tuple[str, ...], tuple[str, ...]]) -> None:
    """The rows of a run once for each number, and those of a replication's shares."""
    name, key, ids, moments = table
    which = f"{key} = '{run}'" + (f" OR {key} LIKE '{run}/%'" if run == _REPLICATION else "")
    connection.execute("DROP TABLE IF EXISTS temp.pattern")
    connection.execute(f"CREATE TEMP TABLE pattern AS SELECT * FROM {name} WHERE {which}")  # noqa: S608 - our own names
    columns = [str(row[1]) for row in connection.execute("PRAGMA temp.table_info(pattern)")]
    renamed = {column: f"replace({column}, '{run}', '{run}-' || i)" for column in (key, *ids)}
    moved = {column: f"{column} - (i + 1) * {_MINUTE}" for column in moments}
    values = ", ".join({**renamed, **moved}.get(column, column) for column in columns)
    into = f"{name} ({', '.join(columns)})"
    connection.execute(f"INSERT INTO {into} SELECT {values} FROM temp.number, temp.pattern")  # noqa: S608 - our own names

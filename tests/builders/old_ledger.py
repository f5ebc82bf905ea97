"""A ledger as the first version of cityops wrote it, laid down as a SQLite file.

`ledgers/version-1.sql` was dumped from runs of commit 73d6a46: a toy operation that succeeded, failed, was cancelled
and undone, and stopped half-way; and a backup, a replication and a drill on fakes. It is never written anew.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from groundwork.store.location import LedgerLocation

INTERRUPTED = "20261126-010717-toy-3535"
CANCELLED = "20261126-010714-toy-f4cf"
_DUMP = Path(__file__).parent / "ledgers" / "version-1.sql"


def lay_down_old_ledger(state: Path) -> LedgerLocation:
    """Put the ledger into a state folder."""
    place = LedgerLocation(state=state)
    with closing(sqlite3.connect(place.file)) as connection:
        connection.executescript(_DUMP.read_text(encoding="utf-8"))
    return place

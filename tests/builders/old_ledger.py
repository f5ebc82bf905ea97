"""A ledger as the first version of cityops wrote it, laid down as a SQLite file.

`ledgers/version-1.sql` was dumped from runs of commit 73d6a46: a toy operation that succeeded, failed, was cancelled
and undone, and stopped half-way; and a backup, a replication and a drill on fakes. It is never written anew.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from groundwork.store.location import LedgerLocation

INTERRUPTED = "20261126-010717-toy-3535"
CANCELLED = "20261126-010714-toy-f4cf"
_DUMP = Path(__file__).parent / "ledgers" / "version-1.sql"


def lay_down_old_ledger(state: Path, *, kinds_of_today: bool = False) -> LedgerLocation:
    """Put the ledger into a state folder; with the kinds of its steps as they are spelled today, it is asked."""
    location = LedgerLocation(state=state)
    dump = _DUMP.read_text(encoding="utf-8")
    if kinds_of_today:
        dump = re.sub(r'"kind":"[a-z]+\.[a-z_]+"', lambda found: found[0].replace("_", "-"), dump)
    with closing(sqlite3.connect(location.file)) as connection:
        connection.executescript(dump)
    return location

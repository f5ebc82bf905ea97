"""The ledger's database when it does not do its part, in words of ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from groundwork.errors import OpsError, OutsideError, UnreachableError
from groundwork.run.place import LedgerPlace


@contextmanager
def database_told(place: LedgerPlace) -> Iterator[None]:
    """Meanwhile the ledger is in use. Raises UnreachableError or OutsideError for what its database raises."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _told(place, error) from error


def _told(place: LedgerPlace, error: Exception) -> OpsError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = next(iter(str(cause).splitlines()), type(cause).__name__)
    if not place.is_shared:
        return OutsideError(
            f"the ledger {place.file} cannot be used: {said}",
            hint="see the file's owner, mode and disk; `state` in the settings names its folder",
        )
    kind = UnreachableError if isinstance(error, OperationalError) else OutsideError
    return kind(
        f"the ledger's PostgreSQL does not answer: {said}",
        hint="see that it runs, and that the settings' ledger names it with the right password",
    )

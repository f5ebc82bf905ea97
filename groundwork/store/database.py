"""The ledger's database when it does not do its part, in words of ours: what is wrong, and who mends it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from groundwork.errors import ConfigurationError, OpsError, OutsideError, UnreachableError
from groundwork.store.location import LedgerLocation

_SHOWN = 300  # characters of the server's words that a message carries
_POSTGRESQL = "the ledger's PostgreSQL"

# What PostgreSQL and its client library say, in the order in which it is looked for: a connection that was cut may
# speak of SSL too, and is waited for.
_MEANINGS: tuple[tuple[re.Pattern[str], type[OpsError], str, str], ...] = (
    (
        re.compile(
            r"refused|timeout|timed out|could not translate|resolve|unreachable|no route|starting up|shutting down|"
            r"closed|terminat|\bEOF\b|reset by|broken pipe|could not (receive|send)",
            re.IGNORECASE,
        ),
        UnreachableError,
        "does not answer",
        "see that it runs, and that the url of the settings' ledger names it",
    ),
    (
        re.compile(r"certificate|\bSSL\b|\bTLS\b|root\.crt", re.IGNORECASE),
        ConfigurationError,
        "cannot be trusted, or does not speak TLS as asked",
        "did the settings' ca_file, or the url's sslrootcert, sign its certificate for that host? never go round it",
    ),
    (
        re.compile(r"password authentication failed|no password supplied|no pg_hba.conf entry", re.IGNORECASE),
        ConfigurationError,
        "refuses the account",
        "compare user, database and password of the settings' ledger with the server's (`inv hosts.plan`)",
    ),
    (
        re.compile(r"(database|role|user) \S+ does not exist|permission denied", re.IGNORECASE),
        ConfigurationError,
        "has no such database or account, or gives it too little",
        "the account owns its database: see the role `ledger`, and the url in the settings",
    ),
)


@contextmanager
def database_errors(location: LedgerLocation) -> Iterator[None]:
    """Meanwhile the ledger is in use. Raises an OpsError for what its database raises."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if location.is_shared:
            raise postgresql_error(cause) from error
        raise OutsideError(
            f"the ledger {location.file} cannot be used: {_words(cause)}",
            hint="see the file's owner, mode and disk; `state` in the settings names its folder",
        ) from error


def postgresql_error(cause: BaseException) -> OpsError:
    """What PostgreSQL, or the way to it, said: a ConfigurationError, an UnreachableError or an OutsideError."""
    said = _words(cause)
    for pattern, kind, fact, hint in _MEANINGS:
        if pattern.search(said):
            return kind(f"{_POSTGRESQL} {fact}: {said}", hint=hint)
    kind = UnreachableError if type(cause).__name__ == "OperationalError" else OutsideError
    return kind(f"{_POSTGRESQL} failed: {said}", hint="see its log, and the url in the settings")


def _words(cause: BaseException) -> str:
    """The words of an error in one line; of several attempts at one server (IPv6, IPv4) the last one's."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    attempts = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    said = attempts[-1] if attempts else " ".join(lines[:2])
    return (said or type(cause).__name__)[:_SHOWN]

"""The engine's own switches: what is launched, under which name, listening to what, and nothing sent anywhere."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from groundwork.errors import ConfigurationError
from groundwork.run.naming import APPLICATION, APPLICATION_VERSION
from groundwork.run.pin import pin, refuse_another, refuse_lost
from groundwork.store.database import database_errors
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store

_NOTICE_SECONDS = 0.2


def prepare(location: LedgerLocation) -> None:
    """Make the ledger, or bring an older one up to this version's tables.

    Raises ConfigurationError when the ledger that the state folder belongs to is gone, or another one is in its place.
    """
    refuse_lost(location)
    try:
        location.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not location.is_shared:
            location.file.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(
            f"the state folder {location.state} cannot be written: {error.strerror}",
            hint="`state` in the settings names it; see its owner, mode and disk",
        ) from error
    with database_errors(location):
        if not location.is_shared:
            with closing(sqlite3.connect(location.file, timeout=30)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")  # readers (runs.list, exporters) beside the writer
        with closing(Store(location)) as tables:
            refuse_another(location, tables.identity())
            DBOS.migrate(location.database_url)
            tables.bring_up()
            tables.found()
            pin(location, tables.identity())


@contextmanager
def launched(location: LedgerLocation, *, executor: str, queues: Sequence[str]) -> Iterator[None]:
    """The engine at work in this process as `executor`, listening to `queues` alone."""
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": location.database_url,
        "serializer": DBOSPortableJSONSerializer(),
        "executor_id": executor,
        "application_version": APPLICATION_VERSION,
        "enable_otlp": False,
        "run_migrations": False,
        "notification_listener_polling_interval_sec": _NOTICE_SECONDS,
    }
    DBOS(config=config)
    try:
        DBOS.listen_queues(list(queues))
        DBOS.launch()
        yield
    finally:
        DBOS.destroy()


def quieten() -> None:
    """Let the engine and its database library print nothing."""
    for name in ("dbos", "sqlalchemy"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())

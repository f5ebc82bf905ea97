"""Bringing our tables from whatever version they are up to this one: Alembic's revisions, in one transaction."""

from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select, text
from sqlalchemy.schema import CreateSchema

from groundwork.errors import ConfigurationError
from groundwork.store.tables import SCHEMA

HEAD = "0004"  # the newest revision under migrations/versions
_VERSIONS = Path(__file__).parent / "migrations"
_VERSION = Table("cityops_version", MetaData(schema=SCHEMA), Column("version_num", String(32), primary_key=True))
_ONE_AT_A_TIME = 0x6369_7479  # the advisory lock under which PostgreSQL's tables are changed


def bring_up(engine: Engine) -> None:
    """Run the revisions that the database lacks. Raises ConfigurationError when it knows one that we do not."""
    with engine.begin() as connection:
        if revision_of(connection) == HEAD:
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none before it changes tables
        found = revision_of(connection)
        if found != HEAD:
            _run(connection, found)


def revision_of(connection: Connection) -> str:
    """The revision of the tables there; empty before the first."""
    if not inspect(connection).has_table(_VERSION.name, schema=_schema(connection)):
        return ""
    return str(connection.execute(select(_VERSION)).scalar() or "")


def _run(connection: Connection, found: str) -> None:
    from alembic.config import Config  # noqa: PLC0415 - half a second, and needed once in a version
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_VERSIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    if found and found not in {one.revision for one in scripts.walk_revisions()}:
        raise ConfigurationError(
            f"a newer version of cityops has been at this ledger: its tables are of revision {found}, "
            f"and this version knows {HEAD}",
            hint="use the newer version; a ledger never goes back",
        )
    upgrade = scripts._upgrade_revs  # noqa: SLF001 - what alembic's own `upgrade` calls
    with EnvironmentContext(config, scripts, fn=lambda at, _context: upgrade(HEAD, at)) as environment:
        environment.configure(
            connection=connection,
            version_table=_VERSION.name,
            version_table_schema=_schema(connection),
            transactional_ddl=True,
        )
        environment.run_migrations()


def _schema(connection: Connection) -> str | None:
    return SCHEMA if connection.dialect.name == "postgresql" else None

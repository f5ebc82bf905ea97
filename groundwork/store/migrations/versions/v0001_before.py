"""Notes of locks, plans carried out and the ledger's identity, as they were made before there were migrations."""

import sqlalchemy as sa
from alembic import op

from groundwork.store.tables import NUMBER, SCHEMA

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make what an older version has not made already."""
    op.create_table(
        "cityops_locks_taken",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.UniqueConstraint("run", "target"),
        schema=SCHEMA,
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "cityops_plans_used",
        sa.Column("plan", sa.String, primary_key=True),
        sa.Column("run", sa.String, nullable=False),
        schema=SCHEMA,
        if_not_exists=True,
    )
    op.create_table(
        "cityops_ledger", sa.Column("identity", sa.String, primary_key=True), schema=SCHEMA, if_not_exists=True
    )

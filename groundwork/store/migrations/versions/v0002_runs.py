"""The index of runs."""

import sqlalchemy as sa
from alembic import op

from groundwork.store.tables import NUMBER, SCHEMA

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make it, empty: it is filled from the engine's rows when it is first read."""
    op.create_table(
        "cityops_runs",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("operation", sa.String, nullable=False),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("undo", sa.Boolean, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        schema=SCHEMA,
    )
    for name, columns in (
        ("cityops_runs_of_operation", ["operation", "started_ms", "number"]),
        ("cityops_runs_started", ["started_ms", "number"]),
        ("cityops_runs_settled", ["settled"]),
    ):
        op.create_index(name, "cityops_runs", columns, schema=SCHEMA)

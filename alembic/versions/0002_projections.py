"""Projections: read models that can be thrown away and made anew from the ledger at any time.

Nothing here is evidence. Row-level security is forced as on the ledger's own tables; the service may also delete.
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent / "0002_projections.sql"
SEPARATOR = "-- ;;"
TABLES = ("projection", "pending", "subject", "dependency", "situation", "timeline", "doubt", "source_heard")


def upgrade() -> None:
    for statement in SQL.read_text(encoding="utf-8").split(SEPARATOR):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Nothing is lost: `supervision rebuild` makes them again."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")

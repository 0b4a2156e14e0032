"""The ledger: events, their texts and tags, the head row that orders appends, councils, keys, quarantine.

What is stored here is stored from the first day on because it cannot be added to events that exist: canonical bodies
with salt, digests, fingerprints, ciphertext apart from the body. Append-only is kept by privileges first and by
triggers as a second lock. Row-level security is forced, so the owner too sees only the council it names.
"""

from pathlib import Path

from sqlalchemy import text

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parent / "0001_the_ledger.sql"
SEPARATOR = "-- ;;"
COUNCIL_TABLES = ("head", "council_key", "event", "event_text", "tag", "quarantine")


def upgrade() -> None:
    for statement in SQL.read_text(encoding="utf-8").split(SEPARATOR):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuses as soon as one council holds one event: a ledger is not undone by a migration."""
    connection = op.get_bind()
    for (council,) in connection.execute(text("SELECT id FROM council ORDER BY id")).all():
        # Row-level security is forced on the owner too: without naming the council every table looks empty.
        connection.execute(text("SELECT set_config('sv.tenant', :council, true)"), {"council": council})
        if connection.execute(text("SELECT EXISTS (SELECT 1 FROM event)")).scalar_one():
            raise RuntimeError(f"Refused: council {council} has events. Restore a backup instead of downgrading.")
    for function in ("append_events", "tagged_events", "refresh_statistics", "refuse_change"):
        op.execute(f"DROP FUNCTION {function} CASCADE")
    for table in (*reversed(COUNCIL_TABLES), "council"):
        op.execute(f"DROP TABLE {table}")

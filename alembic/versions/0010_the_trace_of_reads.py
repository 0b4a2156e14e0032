"""The trace of reads: no text leaves the database but through `read_texts`, which writes down who reads it first.

The service's role loses the right to select a ciphertext. Nobody can change or remove what is traced.
"""

from pathlib import Path

from sqlalchemy import text

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent / "0010_the_trace_of_reads.sql"


def upgrade() -> None:
    for statement in SQL.read_text(encoding="utf-8").split("-- ;;"):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuses as soon as one reading is traced: a trace is not undone by a migration."""
    connection = op.get_bind()
    for (council,) in connection.execute(text("SELECT id FROM council ORDER BY id")).all():
        connection.execute(text("SELECT set_config('sv.tenant', :council, true)"), {"council": council})
        if connection.execute(text("SELECT EXISTS (SELECT 1 FROM access_event)")).scalar_one():
            raise RuntimeError(f"Refused: council {council} has a trace of who read what. Restore a backup instead.")
    op.execute("DROP FUNCTION read_texts")
    op.execute("DROP FUNCTION note_refusal")
    op.execute("DROP TABLE access_event")
    op.execute("GRANT SELECT ON event_text TO supervision_service")

"""Database roles apart: beside owner and service a reader, a signer and a backup role, each with what it needs alone.

What later migrations make is closed to everybody until they say otherwise, but for the backup role, which reads all.
"""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent / "0008_database_roles.sql"
SEPARATOR = "-- ;;"
MADE_HERE = ("supervision_reader", "supervision_signer", "supervision_backup")


def upgrade() -> None:
    for statement in SQL.read_text(encoding="utf-8").split(SEPARATOR):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Takes the privileges back. The roles stay: they belong to the server, and other databases may use them."""
    roles = ", ".join(MADE_HERE)
    op.execute("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM supervision_backup")
    op.execute("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON SEQUENCES FROM supervision_backup")
    op.execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC")
    for what in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        op.execute(f"REVOKE ALL ON ALL {what} IN SCHEMA public FROM {roles}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {roles}")
    op.get_bind().exec_driver_sql(
        f"DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM {roles}', current_database()); END $$"
    )

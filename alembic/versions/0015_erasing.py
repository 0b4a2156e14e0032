"""Erasing: one function that appends what is destroyed and destroys it; one that asks first whether that was agreed.

The service's role may call the second alone. Indexes by key, so that a key is found to seal nothing without a look at
every text.
"""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent / "0015_erasing.sql"


def upgrade() -> None:
    for statement in SQL.read_text(encoding="utf-8").split("-- ;;"):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_personal_data, destroy_personal_data")
    op.execute("DROP TRIGGER forget_item_key ON quarantine")
    op.execute("DROP FUNCTION forget_item_key")
    op.execute("DROP INDEX quarantine_key, directory_key, event_text_key")

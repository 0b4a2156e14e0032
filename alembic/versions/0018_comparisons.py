"""A further kind of job: what changed for everybody between two moments."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = {True: "'known_at', 'simulation', 'comparison'", False: "'known_at', 'simulation'"}


def upgrade() -> None:
    _kinds(KINDS[True])


def downgrade() -> None:
    """Takes answers away that can be asked for again."""
    op.execute("DELETE FROM job WHERE kind = 'comparison'")
    _kinds(KINDS[False])


def _kinds(names: str) -> None:
    op.execute("ALTER TABLE job DROP CONSTRAINT job_kind_check")
    op.execute(f"ALTER TABLE job ADD CONSTRAINT job_kind_check CHECK (kind IN ({names}))")

"""The directory: names for identifiers, encrypted; beside the ledger and not in it, so that they can be erased."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE directory (
        tenant     text COLLATE "C" NOT NULL REFERENCES council,
        kind       text COLLATE "C" NOT NULL CHECK (kind IN ('worker', 'team')),
        id         text COLLATE "C" NOT NULL,
        key_epoch  integer NOT NULL,
        ciphertext bytea NOT NULL,
        changed    timestamptz NOT NULL,
        changed_by text COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant, kind, id)
    )
    """,
    "COMMENT ON TABLE directory IS 'Display names, encrypted. Not evidence, and no rule reads it: rows change and go.'",
    "ALTER TABLE directory ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE directory FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY own_council ON directory
        USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))
    """,
    "GRANT SELECT, INSERT, UPDATE, DELETE ON directory TO supervision_service",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the names away: whoever sent them can send them again."""
    op.execute("DROP TABLE directory")

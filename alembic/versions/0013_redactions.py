"""What is blacked out of packs for people who asked what is held about them; and texts, found by whose they are.

What was blacked out is lost with the table when this is undone: it is refused while there is any.
"""

from sqlalchemy import text

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE redaction (
        tenant     text COLLATE "C" NOT NULL REFERENCES council,
        number     bigint GENERATED ALWAYS AS IDENTITY,
        request_id text COLLATE "C" NOT NULL,
        position   bigint NOT NULL,
        field      text COLLATE "C" NOT NULL,
        first      integer,
        beyond     integer,
        reason     text COLLATE "C" NOT NULL,
        made       timestamptz NOT NULL,
        made_by    text COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant, number),
        CHECK ((first IS NULL) = (beyond IS NULL) AND (first IS NULL OR (first >= 0 AND first < beyond)))
    )
    """,
    "CREATE INDEX redaction_request ON redaction (tenant, request_id, number)",
    """
    COMMENT ON TABLE redaction IS 'What is blacked out of a pack for who asked what is held about them, and why. No '
        'text: an event, a field, and which characters. It stays as it was once the request is answered.'
    """,
    "ALTER TABLE redaction ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE redaction FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY own_council ON redaction
        USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))
    """,
    "GRANT SELECT, INSERT, DELETE ON redaction TO supervision_service",
    "CREATE INDEX event_text_subject ON event_text (tenant, subject, position)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    connection = op.get_bind()
    for (council,) in connection.execute(text("SELECT id FROM council ORDER BY id")).all():
        connection.execute(text("SELECT set_config('sv.tenant', :council, true)"), {"council": council})
        if connection.execute(text("SELECT EXISTS (SELECT FROM redaction)")).scalar_one():
            said = "has packs with places blacked out. Restore a backup instead."
            raise RuntimeError(f"Refused: council {council} {said}")
    op.execute("DROP TABLE redaction")
    op.execute("DROP INDEX event_text_subject")

"""Identities: what each council says of its clients, its people and its keys for reports, and which are taken back.

Rows are emptied and never deleted, and each holds the transaction that last changed it: every process reads on from
the oldest transaction that was not over when it last read. A sequence's numbers would become visible out of order.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE identity (
        tenant        text COLLATE "C" NOT NULL REFERENCES council,
        kind          text COLLATE "C" NOT NULL CHECK (kind IN ('client', 'person', 'key')),
        id            text COLLATE "C" NOT NULL,
        registered    jsonb,
        registered_at timestamptz,
        registered_by text COLLATE "C",
        revoked_at    timestamptz,
        revoked_by    text COLLATE "C",
        changed       bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant, kind, id)
    )
    """,
    """COMMENT ON TABLE identity IS 'Clients, people (by the issuer''s subject) and keys for reports: what they are
    registered for (null: nothing), since when it is taken back (null: never), and which transaction changed it.'""",
    "CREATE INDEX identity_changed ON identity (tenant, changed)",
    "ALTER TABLE identity ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE identity FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY own_council ON identity
        USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))
    """,
    "GRANT SELECT, INSERT, UPDATE ON identity TO supervision_service",
)

NOTE_CHANGE = """
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END
$$
"""

TRIGGER = "CREATE TRIGGER changed BEFORE INSERT OR UPDATE ON identity FOR EACH ROW EXECUTE FUNCTION note_change()"

SINCE = """
CREATE FUNCTION identities_since(since bigint) RETURNS TABLE (
    council_id text, identity_kind text, identity_id text, is_for jsonb, is_revoked boolean, read_to bigint
) LANGUAGE plpgsql AS $$
BEGIN
    -- first: what comes after it may show more, and is then read once more
    RETURN QUERY SELECT NULL::text, NULL::text, NULL::text, NULL::jsonb, false,
                        pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    FOR council_id IN SELECT c.id FROM council AS c ORDER BY c.id LOOP
        PERFORM set_config('sv.tenant', council_id, true);
        RETURN QUERY
            SELECT i.tenant, i.kind, i.id, i.registered, i.revoked_at IS NOT NULL, NULL::bigint
            FROM identity AS i
            WHERE i.tenant = council_id AND i.changed >= since;
    END LOOP;
END
$$
"""


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for statement in (NOTE_CHANGE, TRIGGER, SINCE):
        op.get_bind().exec_driver_sql(statement)
    op.execute(
        "COMMENT ON FUNCTION identities_since IS 'For each council: identities changed by this transaction or a later "
        "one. The first row says from which transaction to ask the next time: all before it are over.'"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION identities_since FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION identities_since TO supervision_service")


def downgrade() -> None:
    """Takes registrations and revocations away: whoever was taken back comes in again."""
    op.execute("DROP FUNCTION identities_since")
    op.execute("DROP TABLE identity")
    op.execute("DROP FUNCTION note_change")

"""The signed log: what the signer publishes (openings, tiles, checkpoints, keys), how it stands, and what was restored.

Nobody changes or removes what is published; the service reads it, the signer alone adds to it. Openings after the first
and what was restored are the operator's, with the owner's rights.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PUBLISHED = {
    "ledger_opening": (
        """
        log            integer NOT NULL CHECK (log > 0),
        origin         text COLLATE "C" NOT NULL CHECK (origin <> ''),
        earlier_origin text COLLATE "C" NOT NULL,
        earlier_size   bigint NOT NULL CHECK (earlier_size >= 0),
        earlier_root   bytea NOT NULL CHECK (octet_length(earlier_root) = 32),
        opened         timestamptz NOT NULL,
        PRIMARY KEY (tenant, log)
        """,
        "A council's logs: the first, and one after each restore, which names the last checkpoint of the one before.",
    ),
    "ledger_tile": (
        """
        log    integer NOT NULL,
        level  integer NOT NULL CHECK (level BETWEEN 0 AND 63),
        index  bigint NOT NULL CHECK (index >= 0),
        hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
        root   bytea NOT NULL CHECK (octet_length(root) = 32),
        PRIMARY KEY (tenant, log, level, index),
        FOREIGN KEY (tenant, log) REFERENCES ledger_opening
        """,
        "Full tiles of a log's tree (C2SP tlog-tiles), each with its root.",
    ),
    "ledger_checkpoint": (
        """
        log    integer NOT NULL,
        size   bigint NOT NULL CHECK (size > 0),
        signed timestamptz NOT NULL,
        note   bytea NOT NULL,
        PRIMARY KEY (tenant, log, size, signed),
        FOREIGN KEY (tenant, log) REFERENCES ledger_opening
        """,
        "Every signed note of a log (C2SP tlog-checkpoint): its tree at one size.",
    ),
    "ledger_key": (
        """
        log    integer NOT NULL,
        key    text COLLATE "C" NOT NULL,
        since  timestamptz NOT NULL,
        PRIMARY KEY (tenant, log, key),
        FOREIGN KEY (tenant, log) REFERENCES ledger_opening
        """,
        "The verifier keys (C2SP signed-note) under which a log was signed.",
    ),
    "restored": (
        """
        epoch          text COLLATE "C" NOT NULL,
        first_position bigint NOT NULL CHECK (first_position > 0),
        finished       timestamptz NOT NULL,
        PRIMARY KEY (tenant, epoch)
        """,
        "The epochs that a restore ended, and the first position that may read differently since.",
    ),
}
STANDING = """
    CREATE TABLE ledger_signer (
        tenant  text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES council,
        refusal text,
        since   timestamptz NOT NULL
    )
"""
LAG = """
CREATE FUNCTION ledger_lag() RETURNS TABLE (
    council_id text, is_opened boolean, head bigint, size bigint, oldest timestamptz, refusal text
) LANGUAGE plpgsql AS $$
DECLARE
    newest integer;
BEGIN
    FOR council_id IN SELECT c.id FROM council AS c ORDER BY c.id LOOP
        PERFORM set_config('sv.tenant', council_id, true);
        SELECT max(o.log) INTO newest FROM ledger_opening AS o WHERE o.tenant = council_id;
        is_opened := newest IS NOT NULL;
        SELECT coalesce(max(e.position), 0) INTO head FROM event AS e WHERE e.tenant = council_id;
        SELECT coalesce(max(k.size), 1) INTO size
            FROM ledger_checkpoint AS k WHERE k.tenant = council_id AND k.log = newest;
        SELECT e.recordedtime INTO oldest FROM event AS e WHERE e.tenant = council_id AND e.position = ledger_lag.size;
        SELECT s.refusal INTO refusal FROM ledger_signer AS s WHERE s.tenant = council_id;
        RETURN NEXT;
    END LOOP;
END
$$
"""
STATEMENTS = (
    STANDING,
    "COMMENT ON TABLE ledger_signer IS 'How the signer stands to each council: why it signs nothing, if it does not.'",
    LAG,
    (
        "COMMENT ON FUNCTION ledger_lag IS 'For each council: whether a log is open, the last position, the size that "
        "is signed, when the oldest event that is not signed was recorded, and why nothing is signed, if so.'"
    ),
    "REVOKE EXECUTE ON FUNCTION ledger_lag FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION ledger_lag TO supervision_service",
    f"GRANT SELECT ON {', '.join(PUBLISHED)}, ledger_signer TO supervision_service",
    "GRANT SELECT, INSERT ON ledger_opening, ledger_tile, ledger_checkpoint, ledger_key TO supervision_signer",
    "GRANT SELECT, INSERT, UPDATE (refusal, since) ON ledger_signer TO supervision_signer",
)


def upgrade() -> None:
    for table, (columns, means) in PUBLISHED.items():
        op.execute(f'CREATE TABLE {table} (tenant text COLLATE "C" NOT NULL REFERENCES council, {columns})')
        said = means.replace("'", "''")
        op.execute(f"COMMENT ON TABLE {table} IS '{said}'")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
    for table in (*PUBLISHED, "ledger_signer"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_council ON {table} "
            "USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))"
        )


def downgrade() -> None:
    """What is signed can be signed again, from the ledger and the signer's own folder."""
    op.execute("DROP FUNCTION ledger_lag")
    op.execute(f"DROP TABLE ledger_signer, {', '.join(reversed(PUBLISHED))}")

"""What had its time goes, and that it went is on record; the trace of reads goes no sooner than after a year.

Who deletes of the trace is refused what is younger than a year, by trigger, whoever they are; and the trigger itself
puts on record how much went, from when to when. Changing it and truncating it stay refused.
"""

from sqlalchemy import text

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE tidied (
        tenant  text COLLATE "C" NOT NULL REFERENCES council,
        number  bigint GENERATED ALWAYS AS IDENTITY,
        at      timestamptz NOT NULL,
        period  text COLLATE "C" NOT NULL,
        before  timestamptz NOT NULL,
        removed bigint NOT NULL CHECK (removed > 0),
        by      text COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant, number)
    )
    """,
    """
    COMMENT ON TABLE tidied IS 'How much was removed that had had its time, by which period, when. Nothing personal.'
    """,
    "ALTER TABLE tidied ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE tidied FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY own_council ON tidied
        USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tidied
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    "ALTER TABLE tidied ENABLE ALWAYS TRIGGER append_only",
    """
    CREATE FUNCTION note_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        of record;
    BEGIN
        IF EXISTS (SELECT FROM gone WHERE at > clock_timestamp() - interval '1 year') THEN
            RAISE EXCEPTION 'the trace of reads is kept for a year at least: % on % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        FOR of IN SELECT tenant, count(*) AS removed, max(at) AS latest FROM gone GROUP BY tenant LOOP
            INSERT INTO tidied (tenant, at, period, before, removed, by)
                VALUES (of.tenant, clock_timestamp(), 'reads', of.latest, of.removed, current_user);
        END LOOP;
        RETURN NULL;
    END
    $$
    """,
    "REVOKE EXECUTE ON FUNCTION note_forgotten FROM PUBLIC",
    "DROP TRIGGER append_only ON access_event",
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON access_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    "ALTER TABLE access_event ENABLE ALWAYS TRIGGER append_only",
    """
    CREATE TRIGGER forgotten AFTER DELETE ON access_event
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_forgotten()
    """,
    "ALTER TABLE access_event ENABLE ALWAYS TRIGGER forgotten",
)
BACK = (
    "DROP TRIGGER forgotten ON access_event",
    "DROP TRIGGER append_only ON access_event",
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    "ALTER TABLE access_event ENABLE ALWAYS TRIGGER append_only",
    "DROP FUNCTION note_forgotten",
    "DROP TABLE tidied",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuses as soon as something went: that it did is on record here alone."""
    connection = op.get_bind()
    for (council,) in connection.execute(text("SELECT id FROM council ORDER BY id")).all():
        connection.execute(text("SELECT set_config('sv.tenant', :council, true)"), {"council": council})
        if connection.execute(text("SELECT EXISTS (SELECT FROM tidied)")).scalar_one():
            said = "has a record of what was removed. Restore a backup instead."
            raise RuntimeError(f"Refused: council {council} {said}")
    for statement in BACK:
        connection.exec_driver_sql(statement)

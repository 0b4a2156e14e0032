"""A key for each data subject, wrapped, in place of the key a council.

With it come the two functions that hand the keys out and say which epochs they need. What was sealed or
told apart with a council's old key cannot be carried over, since no migration knows that key: a database that holds any
of it is refused.
"""

from collections.abc import Iterable

from sqlalchemy import text

from alembic import op
from app.db import EarlierForm

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE subject_key (
        tenant  text COLLATE "C" NOT NULL REFERENCES council,
        subject text COLLATE "C" NOT NULL CHECK (subject <> ''),
        number  bigint NOT NULL,
        epoch   integer NOT NULL CHECK (epoch > 0),
        wrapped bytea NOT NULL,
        created timestamptz NOT NULL,
        PRIMARY KEY (tenant, subject),
        UNIQUE (tenant, number)
    )
    """,
    "CREATE INDEX subject_key_epoch ON subject_key (tenant, epoch)",
    """
    COMMENT ON TABLE subject_key IS 'A random key for each data subject, wrapped by the council''s key of an epoch. '
        'Its number is random and never given again: what was sealed with a destroyed key cannot be stored any more.'
    """,
    "ALTER TABLE subject_key ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE subject_key FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY own_council ON subject_key
        USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))
    """,
    """
    CREATE FUNCTION subject_keys(
        p_tenant text, p_subjects text[],
        -- a key offered for each of the subjects, for those that have none; or none at all
        p_numbers bigint[], p_epoch integer, p_wrapped bytea[]
    ) RETURNS TABLE (subject text, number bigint, epoch integer, wrapped bytea) LANGUAGE plpgsql ROWS 10 AS $$
    #variable_conflict use_column
    BEGIN
        PERFORM set_config('sv.tenant', p_tenant, true);
        IF cardinality(p_numbers) > 0 THEN
            -- Not waited for: what is sealed with a key is committed after it, and makes it durable with itself.
            PERFORM set_config('synchronous_commit', 'off', true);
            INSERT INTO subject_key (tenant, subject, number, epoch, wrapped, created)
                SELECT p_tenant, offered.subject, offered.number, p_epoch, offered.wrapped, clock_timestamp()
                FROM unnest(p_subjects, p_numbers, p_wrapped) AS offered(subject, number, wrapped)
                ON CONFLICT (tenant, subject) DO NOTHING;
        END IF;
        -- A statement of its own: it sees what another process stored meanwhile.
        RETURN QUERY
            SELECT held.subject, held.number, held.epoch, held.wrapped
            FROM unnest(p_subjects) AS asked(subject)
            JOIN subject_key AS held ON held.tenant = p_tenant AND held.subject = asked.subject;
    END
    $$
    """,
    """
    CREATE FUNCTION key_epochs() RETURNS TABLE (
        council_id text, subject text, number bigint, epoch integer, wrapped bytea
    ) LANGUAGE plpgsql AS $$
    DECLARE
        below integer;
    BEGIN
        FOR council_id IN SELECT c.id FROM council AS c ORDER BY c.id LOOP
            PERFORM set_config('sv.tenant', council_id, true);
            below := 0;
            LOOP
                SELECT k.subject, k.number, k.epoch, k.wrapped INTO subject, number, epoch, wrapped
                    FROM subject_key AS k WHERE k.tenant = council_id AND k.epoch > below ORDER BY k.epoch LIMIT 1;
                EXIT WHEN NOT FOUND;
                RETURN NEXT;
                below := epoch;
            END LOOP;
        END LOOP;
    END
    $$
    """,
    "COMMENT ON FUNCTION key_epochs IS 'For each council one key of each epoch that its keys are wrapped under.'",
    "REVOKE EXECUTE ON FUNCTION subject_keys, key_epochs FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION subject_keys, key_epochs TO supervision_service",
    "GRANT SELECT, INSERT ON subject_key TO supervision_service",
    "DROP TABLE council_key",
)

COUNCIL_KEY = (
    """
    CREATE TABLE council_key (
        tenant  text COLLATE "C" NOT NULL REFERENCES council,
        epoch   integer NOT NULL,
        wrapped bytea NOT NULL,
        created timestamptz NOT NULL,
        PRIMARY KEY (tenant, epoch)
    )
    """,
    "ALTER TABLE council_key ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE council_key FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY own_council ON council_key
        USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))
    """,
    "GRANT SELECT ON council_key TO supervision_service",
)
HOLDS_ANYTHING = """
    SELECT EXISTS (SELECT FROM event) OR EXISTS (SELECT FROM directory) OR EXISTS (SELECT FROM quarantine)
"""
SEALED = ("event_text", "quarantine", "directory")
APPEND = (
    ("p_text_epoch", "p_text_key"),
    ("p_text_key integer[]", "p_text_key bigint[]"),
    ("t.epoch", "t.key"),
    ("t(event, field, subject, epoch, ciphertext)", "t(event, field, subject, key, ciphertext)"),
    ("key_epoch", "key_number"),
)
ITS_KEY = "JOIN subject_key AS k ON k.tenant = p_tenant AND k.number = t.key_number AND k.subject = t.subject"
READ = (
    ("key_epoch integer", "number bigint, epoch integer, wrapped bytea"),
    ("t.key_epoch", "k.number, k.epoch, k.wrapped"),
    ("f.key_epoch", "f.number, f.epoch, f.wrapped"),
    ("t.subject = g.whose", f"t.subject = g.whose\n            {ITS_KEY}"),
)
"""What changes in two functions, which PostgreSQL makes anew: it changes no name or type of what they take and give."""


def upgrade() -> None:
    _refuse_what_holds(
        "events, names or refused items of a form before the first release",
        "make a new database, and send again what was sent",
    )
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
    for table in SEALED:
        op.execute(f"ALTER TABLE {table} RENAME key_epoch TO key_number")
        op.execute(f"ALTER TABLE {table} ALTER key_number TYPE bigint")
        # what is sealed with a key cannot be stored once that is gone
        op.execute(f"ALTER TABLE {table} ADD FOREIGN KEY (tenant, key_number) REFERENCES subject_key (tenant, number)")
    _made_anew("append_events", APPEND)
    _made_anew("read_texts", READ)


def downgrade() -> None:
    _refuse_what_holds("events, names or refused items", "restore a backup instead of downgrading")
    _made_anew("append_events", [(new, old) for old, new in reversed(APPEND)])
    _made_anew("read_texts", [(new, old) for old, new in reversed(READ)])
    for table in SEALED:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_tenant_key_number_fkey")
        op.execute(f"ALTER TABLE {table} ALTER key_number TYPE integer")
        op.execute(f"ALTER TABLE {table} RENAME key_number TO key_epoch")
    for statement in COUNCIL_KEY:
        op.execute(statement)
    op.execute("DROP FUNCTION subject_keys, key_epochs")
    op.execute("DROP TABLE subject_key")


def _made_anew(function: str, changes: Iterable[tuple[str, str]]) -> None:
    connection = op.get_bind()
    found = connection.execute(text("SELECT pg_get_functiondef(CAST(:name AS regproc))"), {"name": function})
    written = found.scalar_one()
    for old, new in changes:
        if old not in written:
            raise RuntimeError(f"{function} is not as this migration knows it: {old} is not in it")
        written = written.replace(old, new)
    op.execute(f"DROP FUNCTION {function}")
    connection.exec_driver_sql(written)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO supervision_service")


def _refuse_what_holds(what: str, instead: str) -> None:
    connection = op.get_bind()
    for (council,) in connection.execute(text("SELECT id FROM council ORDER BY id")).all():
        # Row-level security is forced on the owner too: without naming the council every table looks empty.
        connection.execute(text("SELECT set_config('sv.tenant', :council, true)"), {"council": council})
        if connection.execute(text(HOLDS_ANYTHING)).scalar_one():
            raise EarlierForm(f"Refused: council {council} has {what}. Nothing was changed: {instead}.")

"""Jobs: questions about a whole council that take longer than a request may, with their progress and their answers.

Nothing here is evidence: an answer can be asked for again. Row-level security is forced as everywhere; a worker, who
works for all councils, asks what there is to do by a function that names one council after the other to itself.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SEQUENCE job_generation AS integer",
    """
    CREATE TABLE job (
        tenant      text COLLATE "C" NOT NULL REFERENCES council,
        id          text COLLATE "C" NOT NULL,
        kind        text COLLATE "C" NOT NULL CHECK (kind IN ('known_at', 'simulation')),
        question    text COLLATE "C" NOT NULL,
        asked       jsonb NOT NULL,
        asked_by    text COLLATE "C" NOT NULL,
        position    bigint NOT NULL,
        generation  integer NOT NULL DEFAULT -nextval('job_generation'),
        state       text COLLATE "C" NOT NULL DEFAULT 'waiting'
            CHECK (state IN ('waiting', 'running', 'done', 'failed', 'canceled')),
        tries       integer NOT NULL DEFAULT 0,
        held_until  timestamptz,
        subjects    integer,
        done        integer NOT NULL DEFAULT 0,
        result      jsonb,
        created     timestamptz NOT NULL DEFAULT now(),
        begun       timestamptz,
        ended       timestamptz,
        kept_until  timestamptz NOT NULL,
        cleared     boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant, id)
    )
    """,
    """COMMENT ON TABLE job IS 'Questions about a whole council, answered by a worker. "generation" (always negative) is
    where its rows lie in the projections'' tables; a worker that lives moves "held_until" on.'""",
    """
    CREATE TABLE job_part (
        tenant text COLLATE "C" NOT NULL,
        job    text COLLATE "C" NOT NULL,
        first  text COLLATE "C" NOT NULL,
        part   jsonb NOT NULL,
        PRIMARY KEY (tenant, job, first),
        FOREIGN KEY (tenant, job) REFERENCES job ON DELETE CASCADE
    )
    """,
    "COMMENT ON TABLE job_part IS 'What some of the subjects of a job came to, named by the first of them.'",
)

PROTECTED = """
DO $$
DECLARE
    council_table text;
BEGIN
    FOREACH council_table IN ARRAY ARRAY['job', 'job_part'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', council_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', council_table);
        EXECUTE format(
            'CREATE POLICY own_council ON %I'
            ' USING (tenant = (SELECT nullif(current_setting(''sv.tenant'', true), '''')))',
            council_table);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO supervision_service', council_table);
    END LOOP;
    GRANT USAGE ON SEQUENCE job_generation TO supervision_service;
END
$$
"""

TO_DO = """
CREATE FUNCTION jobs_to_do() RETURNS TABLE (council_id text, job_id text, is_over boolean)
LANGUAGE plpgsql AS $$
BEGIN
    FOR council_id IN SELECT c.id FROM council AS c ORDER BY c.id LOOP
        PERFORM set_config('sv.tenant', council_id, true);
        RETURN QUERY
            SELECT j.tenant, j.id, j.state NOT IN ('waiting', 'running') OR j.kept_until < clock_timestamp()
            FROM job AS j
            WHERE j.tenant = council_id AND (
                j.state = 'waiting'
                OR (j.state = 'running' AND j.held_until < clock_timestamp())
                OR (j.state IN ('failed', 'canceled') AND NOT j.cleared)
                -- a minute later than said, so that whoever reads it at that moment reads it to the end
                OR j.kept_until < clock_timestamp() - interval '1 minute')
            ORDER BY j.created, j.id;
    END LOOP;
END
$$
"""


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for statement in (PROTECTED, TO_DO):
        op.get_bind().exec_driver_sql(statement)
    op.execute(
        "COMMENT ON FUNCTION jobs_to_do IS 'For each council: jobs that nobody works on (any more), and those that are "
        "over and leave something to be removed.'"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION jobs_to_do FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION jobs_to_do TO supervision_service")


def downgrade() -> None:
    """Takes answers away that can be asked for again."""
    op.execute("DROP FUNCTION jobs_to_do")
    op.execute("DROP TABLE job_part")
    op.execute("DROP TABLE job")
    op.execute("DROP SEQUENCE job_generation")

"""How many jobs of each council are not over, and since when: asked in one round trip for all of them, for the metrics.

Row-level security shows one council at a time, so the function names one after the other to itself, as the others do.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LAG = """
CREATE FUNCTION job_lag() RETURNS TABLE (council_id text, waiting bigint, running bigint, oldest timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    FOR council_id IN SELECT c.id FROM council AS c ORDER BY c.id LOOP
        PERFORM set_config('sv.tenant', council_id, true);
        RETURN QUERY
            SELECT council_id, count(*) FILTER (WHERE NOT is_held), count(*) FILTER (WHERE is_held), min(created)
            FROM (
                SELECT j.created, j.state = 'running' AND j.held_until >= clock_timestamp() AS is_held
                FROM job AS j
                WHERE j.tenant = council_id AND j.state IN ('waiting', 'running') AND j.kept_until >= clock_timestamp()
            ) AS under_way;
    END LOOP;
END
$$
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(LAG)
    op.execute(
        "COMMENT ON FUNCTION job_lag IS 'For each council: jobs that wait for a worker, jobs that one holds, and when "
        "the oldest of them was asked for.'"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION job_lag FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION job_lag TO supervision_service")


def downgrade() -> None:
    op.execute("DROP FUNCTION job_lag")

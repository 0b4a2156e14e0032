"""How far each council's projections are behind its ledger, asked in one round trip for all of them.

Row-level security shows one council at a time, so the function names one after the other to itself, by the setting
that everybody names theirs with; it runs with its caller's rights.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FAULTS = "CREATE INDEX subject_fault ON subject (tenant, generation) WHERE fault IS NOT NULL"

LAG = """
CREATE FUNCTION projection_lag(p_most bigint)
RETURNS TABLE (council_id text, noted bigint, head bigint, waiting bigint, oldest timestamptz, faults bigint)
LANGUAGE plpgsql AS $$
DECLARE
    live_generation integer;
    first_waiting bigint;
BEGIN
    FOR council_id IN SELECT c.id FROM council AS c ORDER BY c.id LOOP
        PERFORM set_config('sv.tenant', council_id, true);
        live_generation := NULL;
        SELECT p.generation, p.position INTO live_generation, noted
            FROM projection AS p WHERE p.tenant = council_id AND p.live;
        noted := coalesce(noted, 0);
        SELECT coalesce(max(e.position), 0) INTO head FROM event AS e WHERE e.tenant = council_id;
        SELECT min(w.position) INTO first_waiting
            FROM pending AS w WHERE w.tenant = council_id AND w.generation = live_generation;
        SELECT count(*) INTO waiting FROM (
            SELECT FROM pending AS w WHERE w.tenant = council_id AND w.generation = live_generation LIMIT p_most
        ) AS counted;
        SELECT e.recordedtime INTO oldest FROM event AS e
            WHERE e.tenant = council_id AND e.position = least(noted + 1, first_waiting);
        SELECT count(*) INTO faults FROM subject AS s
            WHERE s.tenant = council_id AND s.generation = live_generation AND s.fault IS NOT NULL;
        RETURN NEXT;
    END LOOP;
END
$$
"""


def upgrade() -> None:
    op.execute(FAULTS)
    op.get_bind().exec_driver_sql(LAG)
    op.execute(
        "COMMENT ON FUNCTION projection_lag IS 'For each council: noted and head positions, subjects that wait (up to "
        "p_most; NULL: all), when the oldest event was recorded that is not taken in, and subjects with a fault.'"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION projection_lag FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION projection_lag TO supervision_service")


def downgrade() -> None:
    op.execute("DROP FUNCTION projection_lag")
    op.execute("DROP INDEX subject_fault")

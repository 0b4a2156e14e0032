"""Fresh statistics for the projections, which the service may ask for and only their owner can make.

Without them a reader is given plans for small tables: the summary by team of 60,000 events then takes half a second.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REFRESH = """
CREATE FUNCTION refresh_projection_statistics(p_grown_only boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_table regclass;
BEGIN
    FOREACH of_table IN ARRAY ARRAY['subject', 'dependency', 'situation', 'timeline', 'doubt']::regclass[] LOOP
        -- An empty table must never be analysed: plans for nothing are kept and read it through once it is filled.
        CONTINUE WHEN pg_relation_size(of_table) = 0;
        CONTINUE WHEN p_grown_only
            AND pg_stat_get_mod_since_analyze(of_table) < 1000 + pg_stat_get_live_tuples(of_table) / 3;
        EXECUTE format('ANALYZE (SKIP_LOCKED) %s', of_table);
    END LOOP;
END
$$
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(REFRESH)
    op.execute(
        "COMMENT ON FUNCTION refresh_projection_statistics IS 'ANALYZE of the projection tables that hold anything; "
        "p_grown_only: of those only that have changed much since.'"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION refresh_projection_statistics FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION refresh_projection_statistics TO supervision_service")


def downgrade() -> None:
    op.execute("DROP FUNCTION refresh_projection_statistics")

"""Of each text that is read: whose it is now, beside what it is filed under.

A correction may come before what it corrects, and a worker may turn out to be another: then the trace names whoever the
text is about, and the worker sees it.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TAKES = """p_tenant text, p_positions bigint[],
    p_reader text, p_subject text, p_client text, p_delegated boolean,
    p_operation text, p_as_at date, p_request_id text,
    -- one entry for each subject under which texts are filed ('worker/W-1')
    p_whose text[]{of}, p_role text[], p_relation text[], p_purpose text[], p_grant text[]"""
READ = """
CREATE FUNCTION read_texts(
    {takes}
) RETURNS TABLE ("position" bigint, field text, subject text, number bigint, epoch integer, wrapped bytea,
    ciphertext bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('sv.tenant', p_tenant, true);
    -- One statement, so one snapshot: what is given out is exactly what is traced.
    RETURN QUERY
        WITH found AS MATERIALIZED (
            SELECT t.position, t.field, t.subject, k.number, k.epoch, k.wrapped, t.ciphertext,
                g.about, g.role, g.relation, g.purpose, g.grant_id
            FROM unnest(p_whose, {about}, p_role, p_relation, p_purpose, p_grant)
                AS g(whose, about, role, relation, purpose, grant_id)
            JOIN event_text AS t ON t.tenant = p_tenant AND t.position = ANY (p_positions) AND t.subject = g.whose
            JOIN subject_key AS k ON k.tenant = p_tenant AND k.number = t.key_number AND k.subject = t.subject
        ), traced AS (
            INSERT INTO access_event (tenant, at, reader, subject, client, delegated, role, relation, purpose, grant_id,
                    operation, object_kind, object_id, contents, decision, count, positions, as_at, request_id)
                SELECT p_tenant, clock_timestamp(), p_reader, p_subject, p_client, p_delegated,
                    f.role, f.relation, f.purpose, f.grant_id, p_operation,
                    split_part(f.about, '/', 1), split_part(f.about, '/', 2),
                    CASE split_part(f.about, '/', 1) WHEN 'case' THEN 'case_text' ELSE 'personal_text' END,
                    'allowed', count(*), array_agg(DISTINCT f.position), p_as_at, p_request_id
                FROM found AS f
                GROUP BY f.about, f.role, f.relation, f.purpose, f.grant_id
        )
        SELECT f.position, f.field, f.subject, f.number, f.epoch, f.wrapped, f.ciphertext FROM found AS f;
END
$$
"""
SAYS = (
    "COMMENT ON FUNCTION read_texts IS 'The texts at these positions that are filed under these subjects, once it is "
    "written down who reads them, whose they are and under which right: the only way to a text.'"
)


def upgrade() -> None:
    _make(TAKES.format(of=", p_of text[]"), about="p_of")


def downgrade() -> None:
    """As before: whose a text is, is what it is filed under."""
    _make(TAKES.format(of=""), about="p_whose")


def _make(takes: str, about: str) -> None:
    op.execute("DROP FUNCTION read_texts")
    op.get_bind().exec_driver_sql(READ.format(takes=takes, about=about))
    op.execute(SAYS)
    op.execute("REVOKE EXECUTE ON FUNCTION read_texts FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION read_texts TO supervision_service")

"""The export: digests of ciphertexts, which the service's role cannot select, and all tags of some positions.

A tag is found by its name; the export asks which tags some positions have. Rows come in the order of positions, so a
block-range index says where they are, and appends hardly notice it.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DIGESTS = """
CREATE FUNCTION text_digests(p_tenant text, p_first bigint, p_last bigint)
RETURNS TABLE ("position" bigint, field text, sha256 bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('sv.tenant', p_tenant, true);
    RETURN QUERY
        SELECT t.position, t.field, sha256(t.ciphertext) FROM event_text AS t
        WHERE t.tenant = p_tenant AND t.position BETWEEN p_first AND p_last;
END
$$
"""
SAYS = """
COMMENT ON FUNCTION text_digests IS 'The SHA-256 of each ciphertext that is held with these positions, as it is now.'
"""
INDEX = """
CREATE INDEX tag_position ON tag USING brin (position int8_minmax_multi_ops)
    WITH (autosummarize = on, pages_per_range = 32)
"""
STATEMENTS = (
    DIGESTS,
    SAYS,
    "REVOKE EXECUTE ON FUNCTION text_digests FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION text_digests TO supervision_service",
    INDEX,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Nothing is lost: both are made from what is stored."""
    op.execute("DROP INDEX tag_position")
    op.execute("DROP FUNCTION text_digests")

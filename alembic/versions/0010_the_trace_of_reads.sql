CREATE TABLE access_event (
    tenant      text COLLATE "C" NOT NULL REFERENCES council,
    number      bigint GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL,
    reader      text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    client      text COLLATE "C" NOT NULL,
    delegated   boolean NOT NULL,
    role        text COLLATE "C",
    relation    text COLLATE "C",
    purpose     text COLLATE "C",
    grant_id    text COLLATE "C",
    operation   text COLLATE "C" NOT NULL,
    object_kind text COLLATE "C" NOT NULL CHECK (object_kind IN ('worker', 'case')),
    object_id   text COLLATE "C" NOT NULL,
    contents    text COLLATE "C" NOT NULL CHECK (contents IN ('case_text', 'personal_text')),
    decision    text COLLATE "C" NOT NULL CHECK (decision IN ('allowed', 'refused')),
    count       integer NOT NULL,
    positions   bigint[] NOT NULL CHECK (cardinality(positions) <= 500),
    as_at       date NOT NULL,
    request_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, number),
    -- what lets a text out names the right; a refusal has none
    CHECK (decision = 'refused' OR (role IS NOT NULL AND relation IS NOT NULL AND purpose IS NOT NULL AND count > 0))
)
-- ;;
COMMENT ON TABLE access_event IS 'Who read whose texts, when, under which right; and which people were refused. Written by read_texts and note_refusal alone, in the transaction that gives the texts out.'
-- ;;
CREATE INDEX access_event_object ON access_event (tenant, object_kind, object_id, number)
-- ;;
CREATE INDEX access_event_reader ON access_event (tenant, reader, number)
-- ;;
CREATE UNIQUE INDEX access_event_refused ON access_event
    (tenant, reader, operation, object_kind, object_id, date_trunc('minute', at AT TIME ZONE 'UTC'))
    WHERE decision = 'refused'
-- ;;
ALTER TABLE access_event ENABLE ROW LEVEL SECURITY
-- ;;
ALTER TABLE access_event FORCE ROW LEVEL SECURITY
-- ;;
CREATE POLICY own_council ON access_event
    USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))
-- ;;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- ;;
ALTER TABLE access_event ENABLE ALWAYS TRIGGER append_only
-- ;;
CREATE FUNCTION read_texts(
    p_tenant text, p_positions bigint[],
    p_reader text, p_subject text, p_client text, p_delegated boolean,
    p_operation text, p_as_at date, p_request_id text,
    -- one entry for each subject whose texts may be read ('worker/W-1'): under which right
    p_whose text[], p_role text[], p_relation text[], p_purpose text[], p_grant text[]
) RETURNS TABLE ("position" bigint, field text, subject text, key_epoch integer, ciphertext bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('sv.tenant', p_tenant, true);
    -- One statement, so one snapshot: what is given out is exactly what is traced.
    RETURN QUERY
        WITH found AS MATERIALIZED (
            SELECT t.position, t.field, t.subject, t.key_epoch, t.ciphertext, g.role, g.relation, g.purpose, g.grant_id
            FROM unnest(p_whose, p_role, p_relation, p_purpose, p_grant) AS g(whose, role, relation, purpose, grant_id)
            JOIN event_text AS t ON t.tenant = p_tenant AND t.position = ANY (p_positions) AND t.subject = g.whose
        ), traced AS (
            INSERT INTO access_event (tenant, at, reader, subject, client, delegated, role, relation, purpose, grant_id,
                    operation, object_kind, object_id, contents, decision, count, positions, as_at, request_id)
                SELECT p_tenant, clock_timestamp(), p_reader, p_subject, p_client, p_delegated,
                    f.role, f.relation, f.purpose, f.grant_id, p_operation,
                    split_part(f.subject, '/', 1), split_part(f.subject, '/', 2),
                    CASE split_part(f.subject, '/', 1) WHEN 'case' THEN 'case_text' ELSE 'personal_text' END,
                    'allowed', count(*), array_agg(DISTINCT f.position), p_as_at, p_request_id
                FROM found AS f
                GROUP BY f.subject, f.role, f.relation, f.purpose, f.grant_id
        )
        SELECT f.position, f.field, f.subject, f.key_epoch, f.ciphertext FROM found AS f;
END
$$
-- ;;
CREATE FUNCTION note_refusal(
    p_tenant text, p_reader text, p_subject text, p_client text, p_delegated boolean,
    p_operation text, p_as_at date, p_request_id text, p_whose text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM set_config('sv.tenant', p_tenant, true);
    INSERT INTO access_event (tenant, at, reader, subject, client, delegated, operation, object_kind, object_id,
            contents, decision, count, positions, as_at, request_id)
        VALUES (p_tenant, clock_timestamp(), p_reader, p_subject, p_client, p_delegated, p_operation,
            split_part(p_whose, '/', 1), split_part(p_whose, '/', 2),
            CASE split_part(p_whose, '/', 1) WHEN 'case' THEN 'case_text' ELSE 'personal_text' END,
            'refused', 0, '{}', p_as_at, p_request_id)
        ON CONFLICT DO NOTHING;
END
$$
-- ;;
COMMENT ON FUNCTION read_texts IS 'The texts at these positions that belong to these subjects, once it is written down who reads them and under which right: the only way to a text.'
-- ;;
COMMENT ON FUNCTION note_refusal IS 'That somebody was refused a subject''s texts: once a minute for each reader, operation and subject.'
-- ;;
REVOKE EXECUTE ON FUNCTION read_texts, note_refusal FROM PUBLIC
-- ;;
GRANT EXECUTE ON FUNCTION read_texts, note_refusal TO supervision_service
-- ;;
GRANT SELECT ON access_event TO supervision_service
-- ;;
REVOKE SELECT ON event_text FROM supervision_service
-- ;;
-- All but the ciphertext: append_events compares fingerprints, and whose a text is must be known to ask for it.
GRANT SELECT (tenant, position, field, subject, key_epoch, fingerprint) ON event_text TO supervision_service

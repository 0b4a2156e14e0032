-- A key goes only when nothing that it seals is left, which PostgreSQL looks up for each.
CREATE INDEX event_text_key ON event_text (tenant, key_number)
-- ;;
CREATE INDEX directory_key ON directory (tenant, key_number)
-- ;;
CREATE INDEX quarantine_key ON quarantine (tenant, key_number)
-- ;;
CREATE FUNCTION forget_item_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM subject_key AS k
        WHERE k.tenant = OLD.tenant AND k.number = OLD.key_number AND k.subject = 'quarantine/' || OLD.id;
    RETURN NULL;
END
$$
-- ;;
COMMENT ON FUNCTION forget_item_key IS 'A refused item has a key of its own, which goes with it, whoever removes it.'
-- ;;
CREATE TRIGGER forget_item_key AFTER DELETE ON quarantine FOR EACH ROW EXECUTE FUNCTION forget_item_key()
-- ;;
REVOKE EXECUTE ON FUNCTION forget_item_key FROM PUBLIC
-- ;;
CREATE FUNCTION destroy_personal_data(
    p_tenant text,
    -- nothing about these tags may have come after this position (null: no condition)
    p_expected bigint, p_condition text[],
    -- the event that says what is destroyed: PersonalDataErased
    p_source text, p_id text, p_time timestamptz, p_by text, p_on date, p_worker text, p_case text,
    p_body bytea, p_digest bytea, p_fingerprint bytea, p_tags text,
    -- every name under which keys and texts of the subject are filed; further texts by position; refused items by id
    p_subjects text[], p_further bigint[], p_items text[],
    OUT verdict integer, OUT "position" bigint, OUT moved bigint
) LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    said jsonb := convert_from(p_body, 'UTF8')::jsonb -> 'data';
    gone_at bigint[];
    gone_texts bigint;
    gone_keys bigint[];
    gone_items bigint[];
    gone_names bigint;
    was bigint[];
BEGIN
    SELECT a.verdicts[1], a.positions[1], a.moved[1] INTO verdict, "position", moved FROM append_events(
        p_tenant => p_tenant, p_expected => ARRAY[p_expected], p_atomic => ARRAY[true],
        p_condition_request => array_fill(1, ARRAY[cardinality(p_condition)]), p_condition_tag => p_condition,
        p_request => ARRAY[1], p_source => ARRAY[p_source], p_id => ARRAY[p_id],
        p_type => ARRAY['PersonalDataErased'], p_time => ARRAY[p_time], p_sourcetime => ARRAY[NULL]::timestamptz[],
        p_by => ARRAY[p_by], p_on => ARRAY[p_on], p_worker => ARRAY[p_worker], p_case => ARRAY[p_case],
        p_session => ARRAY[NULL]::text[], p_target_source => ARRAY[]::text[], p_target_id => ARRAY[]::text[],
        p_body => ARRAY[p_body], p_digest => ARRAY[p_digest], p_fingerprint => ARRAY[p_fingerprint],
        p_tags => ARRAY[p_tags], p_text_event => ARRAY[]::integer[], p_text_field => ARRAY[]::text[],
        p_text_subject => ARRAY[]::text[], p_text_key => ARRAY[]::bigint[], p_ciphertext => ARRAY[]::bytea[]
    ) AS a;
    IF verdict <> 0 THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(k.number), '{}') INTO was
        FROM subject_key AS k WHERE k.tenant = p_tenant AND k.subject = ANY (p_subjects);
    WITH gone AS (
        DELETE FROM event_text AS t WHERE t.tenant = p_tenant AND (
            t.key_number = ANY (was) OR t.position = ANY (p_further)) RETURNING t.position
    ) SELECT count(*), coalesce(array_agg(DISTINCT gone.position ORDER BY gone.position), '{}')
        INTO gone_texts, gone_at FROM gone;
    WITH gone AS (
        DELETE FROM directory AS d WHERE d.tenant = p_tenant AND d.kind || '/' || d.id = ANY (p_subjects) RETURNING 1
    ) SELECT count(*) INTO gone_names FROM gone;
    WITH gone AS (
        DELETE FROM quarantine AS q WHERE q.tenant = p_tenant AND q.id = ANY (p_items) RETURNING q.key_number
    ) SELECT coalesce(array_agg(gone.key_number), '{}') INTO gone_items FROM gone;
    DELETE FROM subject_key AS k WHERE k.tenant = p_tenant AND k.number = ANY (was);
    SELECT coalesce(array_agg(n.number ORDER BY n.number), '{}') INTO gone_keys
        FROM unnest(was || gone_items) AS n(number);
    -- What goes is what the event says: else nothing goes, and it is looked at again.
    IF to_jsonb(gone_at) <> coalesce(said -> 'positions', '[]')
        OR gone_texts <> (said ->> 'texts')::bigint
        OR gone_names <> (said ->> 'directory_entries')::bigint
        OR cardinality(gone_items) <> (said ->> 'refused_items')::bigint
        OR to_jsonb(gone_keys::text[]) <> coalesce(said -> 'key_numbers', '[]')
    THEN
        RAISE EXCEPTION 'what is there is not what the event says' USING ERRCODE = 'serialization_failure';
    END IF;
END
$$
-- ;;
COMMENT ON FUNCTION destroy_personal_data IS 'Append PersonalDataErased and, in the same transaction, delete the texts, keys, names and refused items that it speaks of.'
-- ;;
CREATE FUNCTION erase_personal_data(
    p_tenant text, p_expected bigint, p_condition text[],
    p_source text, p_id text, p_time timestamptz, p_by text, p_on date, p_worker text, p_case text,
    p_body bytea, p_digest bytea, p_fingerprint bytea, p_tags text,
    p_subjects text[], p_further bigint[], p_items text[],
    OUT verdict integer, OUT "position" bigint, OUT moved bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    request text := convert_from(p_body, 'UTF8')::jsonb #>> '{data,request_id}';
    kind text := CASE WHEN p_worker IS NULL THEN 'case/' ELSE 'worker/' END;
    asked_by text;
    approved jsonb;
BEGIN
    PERFORM set_config('sv.tenant', p_tenant, true);
    -- From here on nothing is recorded before this ends.
    PERFORM 1 FROM head WHERE head.tenant = p_tenant FOR UPDATE;
    SELECT convert_from(e.body, 'UTF8')::jsonb #>> '{data,by}' INTO asked_by
        FROM tag AS t JOIN event AS e ON e.tenant = p_tenant AND e.position = t.position
        WHERE t.tenant = p_tenant AND t.tag = 'request/' || request AND e.type = 'ErasureRequested'
        ORDER BY e.position LIMIT 1;
    SELECT convert_from(e.body, 'UTF8')::jsonb -> 'data' INTO approved
        FROM tag AS t JOIN event AS e ON e.tenant = p_tenant AND e.position = t.position
        WHERE t.tenant = p_tenant AND t.tag = 'request/' || request AND e.type = 'ErasureApproved'
            AND e.worker IS NOT DISTINCT FROM p_worker AND e.case_id IS NOT DISTINCT FROM p_case
        ORDER BY e.position LIMIT 1;
    IF asked_by IS NULL OR approved IS NULL OR approved ->> 'by' = asked_by
        OR (approved ->> 'from_on')::date > p_on
        OR EXISTS (
            SELECT 1 FROM unnest(p_subjects) AS s(subject)
            WHERE s.subject NOT LIKE 'unplaced/%' AND NOT (
                starts_with(s.subject, kind) AND approved -> 'names' ? substr(s.subject, length(kind) + 1)))
        OR EXISTS (
            SELECT 1 FROM tag AS t JOIN event AS e ON e.tenant = p_tenant AND e.position = t.position
            WHERE t.tenant = p_tenant AND t.tag = 'request/' || request AND e.type = 'ErasureClosed')
        OR EXISTS (
            SELECT 1 FROM tag AS t JOIN event AS e ON e.tenant = p_tenant AND e.position = t.position
            WHERE t.tenant = p_tenant AND t.tag = ANY (p_subjects) AND e.type = 'LitigationHoldPlaced'
                AND NOT EXISTS (
                    SELECT 1 FROM tag AS l JOIN event AS lifted
                        ON lifted.tenant = p_tenant AND lifted.position = l.position
                    WHERE l.tenant = p_tenant AND lifted.type = 'LitigationHoldLifted'
                        AND l.tag = 'hold/' || (convert_from(e.body, 'UTF8')::jsonb #>> '{data,hold_id}')))
    THEN
        RAISE EXCEPTION 'this erasure was not approved by two people, is not due, or is held'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT d.verdict, d.position, d.moved INTO verdict, "position", moved FROM destroy_personal_data(
        p_tenant, p_expected, p_condition, p_source, p_id, p_time, p_by, p_on, p_worker, p_case,
        p_body, p_digest, p_fingerprint, p_tags, p_subjects, p_further, p_items
    ) AS d;
END
$$
-- ;;
COMMENT ON FUNCTION erase_personal_data IS 'The same, of what one person asked for and another approved, once it is due, and not while a hold stands: the only way in which the service erases.'
-- ;;
REVOKE EXECUTE ON FUNCTION destroy_personal_data, erase_personal_data FROM PUBLIC
-- ;;
GRANT EXECUTE ON FUNCTION erase_personal_data TO supervision_service

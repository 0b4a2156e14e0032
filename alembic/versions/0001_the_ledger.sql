CREATE TABLE council (
    id      text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{0,62}$'),
    name    text NOT NULL,
    epoch   text COLLATE "C" NOT NULL,
    created timestamptz NOT NULL
)
-- ;;
COMMENT ON TABLE council IS 'The councils served. No row-level security: background work lists them.'
-- ;;
CREATE TABLE head (
    tenant text COLLATE "C" PRIMARY KEY REFERENCES council
)
-- ;;
COMMENT ON TABLE head IS 'One row a council, locked while events are appended and never updated: an updated row rots while an old snapshot is open.'
-- ;;
CREATE TABLE council_key (
    tenant  text COLLATE "C" NOT NULL REFERENCES council,
    epoch   integer NOT NULL,
    wrapped bytea NOT NULL,
    created timestamptz NOT NULL,
    PRIMARY KEY (tenant, epoch)
)
-- ;;
CREATE TABLE event (
    tenant             text COLLATE "C" NOT NULL,
    position           bigint NOT NULL,
    source             text COLLATE "C" NOT NULL,
    id                 text COLLATE "C" NOT NULL,
    type               text COLLATE "C" NOT NULL,
    time               timestamptz,
    sourcerecordedtime timestamptz,
    recordedtime       timestamptz NOT NULL,
    recordedby         text COLLATE "C" NOT NULL,
    business_date      date,
    worker             text COLLATE "C",
    case_id            text COLLATE "C",
    session            text COLLATE "C",
    target_source      text COLLATE "C",
    target_id          text COLLATE "C",
    body               bytea NOT NULL,
    digest             bytea NOT NULL,
    fingerprint        bytea,
    PRIMARY KEY (tenant, position)
) WITH (autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.02)
-- ;;
CREATE UNIQUE INDEX event_source_id ON event (tenant, source, id)
-- ;;
CREATE INDEX event_target ON event (tenant, target_source, target_id, position) WHERE target_source IS NOT NULL
-- ;;
COMMENT ON COLUMN event.body IS 'Canonical JSON as bytes: sorted keys, no floats, a random salt, and for each text the SHA-256 of its ciphertext.'
-- ;;
COMMENT ON COLUMN event.fingerprint IS 'HMAC of what was sent, to tell a repeat from a conflict; for an event with text it lives in event_text and goes with it.'
-- ;;
CREATE TABLE event_text (
    tenant      text COLLATE "C" NOT NULL,
    position    bigint NOT NULL,
    field       text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    key_epoch   integer NOT NULL,
    ciphertext  bytea NOT NULL,
    fingerprint bytea NOT NULL,
    PRIMARY KEY (tenant, position, field)
)
-- ;;
CREATE TABLE tag (
    tenant   text COLLATE "C" NOT NULL,
    tag      text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tenant, tag, position)
) WITH (autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.02)
-- ;;
CREATE TABLE quarantine (
    tenant      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    received    timestamptz NOT NULL,
    client      text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resubmitted', 'discarded')),
    closed      timestamptz,
    closed_by   text COLLATE "C",
    position    bigint,
    fingerprint bytea NOT NULL,
    key_epoch   integer NOT NULL,
    ciphertext  bytea,
    problem     jsonb NOT NULL,
    PRIMARY KEY (tenant, id)
)
-- ;;
CREATE UNIQUE INDEX quarantine_open ON quarantine (tenant, fingerprint) WHERE state = 'open'
-- ;;
DO $$
DECLARE
    council_table text;
BEGIN
    FOREACH council_table IN ARRAY ARRAY['head', 'council_key', 'event', 'event_text', 'tag', 'quarantine'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', council_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', council_table);
        -- The sub-select is evaluated once a statement, not once a row.
        EXECUTE format(
            'CREATE POLICY own_council ON %I USING (tenant = (SELECT nullif(current_setting(''sv.tenant'', true), '''')))',
            council_table);
    END LOOP;
END
$$
-- ;;
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$
-- ;;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- ;;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tag
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- ;;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON event_text
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- ;;
CREATE TRIGGER never_updated BEFORE UPDATE OR DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- ;;
ALTER TABLE event ENABLE ALWAYS TRIGGER append_only
-- ;;
ALTER TABLE tag ENABLE ALWAYS TRIGGER append_only
-- ;;
ALTER TABLE event_text ENABLE ALWAYS TRIGGER append_only
-- ;;
ALTER TABLE head ENABLE ALWAYS TRIGGER never_updated
-- ;;
CREATE FUNCTION append_events(
    p_tenant text,
    -- one entry a request: the position after which nothing about its tags may have come (null: no condition)
    p_expected bigint[], p_atomic boolean[], p_condition_request integer[], p_condition_tag text[],
    -- one entry an event, in order; requests and events count from 1
    p_request integer[], p_source text[], p_id text[], p_type text[], p_time timestamptz[], p_sourcetime timestamptz[],
    p_by text[], p_on date[], p_worker text[], p_case text[], p_session text[],
    p_target_source text[], p_target_id text[], p_body bytea[], p_digest bytea[], p_fingerprint bytea[],
    p_tags text[],  -- each event's tags, a space between them
    -- one entry a text
    p_text_event integer[], p_text_field text[], p_text_subject text[], p_text_epoch integer[], p_ciphertext bytea[],
    OUT recorded timestamptz, OUT verdicts integer[], OUT positions bigint[], OUT moved bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    last_position bigint;
    last_time timestamptz;
    known bigint[];
    same boolean[];
BEGIN
    PERFORM set_config('sv.tenant', p_tenant, true);
    -- Each statement after this one sees all that was committed before the lock was given: READ COMMITTED only.
    PERFORM 1 FROM head WHERE head.tenant = p_tenant FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no council %', p_tenant USING ERRCODE = 'no_data_found';
    END IF;
    SELECT event.position, event.recordedtime INTO last_position, last_time
        FROM event WHERE event.tenant = p_tenant ORDER BY event.position DESC LIMIT 1;
    last_position := coalesce(last_position, 0);
    recorded := greatest(last_time, clock_timestamp());

    -- 1. Which events are here already, and are they the same? LATERAL keeps it to one index look-up an event.
    SELECT array_agg(found.position ORDER BY sent.i), array_agg(found.same ORDER BY sent.i) INTO known, same
        FROM unnest(p_source, p_id, p_fingerprint) WITH ORDINALITY AS sent(source, id, fingerprint, i)
        LEFT JOIN LATERAL (
            SELECT event.position, coalesce(
                coalesce(event.fingerprint, (
                    SELECT event_text.fingerprint FROM event_text
                    WHERE event_text.tenant = p_tenant AND event_text.position = event.position LIMIT 1
                )) = sent.fingerprint, true) AS same  -- erased with its text: nothing left to compare, so a repeat
            FROM event
            WHERE event.tenant = p_tenant AND event.source = sent.source AND event.id = sent.id LIMIT 1
        ) AS found ON true;

    -- 2. How far did anything about each request's condition tags get?
    SELECT array_agg(reached.furthest ORDER BY request.i) INTO moved
        FROM generate_subscripts(p_expected, 1) AS request(i)
        LEFT JOIN (
            SELECT condition.request, max(newest.position) AS furthest
            FROM unnest(p_condition_request, p_condition_tag) AS condition(request, tag)
            CROSS JOIN LATERAL (
                SELECT tag.position FROM tag WHERE tag.tenant = p_tenant AND tag.tag = condition.tag
                ORDER BY tag.position DESC LIMIT 1
            ) AS newest
            GROUP BY condition.request
        ) AS reached ON reached.request = request.i;

    -- 3. The verdicts: 0 appended, 1 duplicate, 2 conflict, 3 condition failed, 4 refused with a conflicting sibling.
    WITH sent AS (
        SELECT i, request, known, same FROM unnest(p_request, known, same) WITH ORDINALITY AS s(request, known, same, i)
    ), request AS (
        SELECT request, bool_and(known IS NOT NULL AND same) AS all_here, bool_or(known IS NOT NULL AND NOT same) AS clash
        FROM sent GROUP BY request
    ), judged AS (
        SELECT sent.i, sent.known, CASE
            WHEN sent.known IS NOT NULL AND sent.same THEN 1
            WHEN sent.known IS NOT NULL THEN 2
            WHEN p_atomic[sent.request] AND request.clash THEN 4
            WHEN moved[sent.request] > p_expected[sent.request] THEN 3
            ELSE 0 END AS verdict
        FROM sent JOIN request USING (request)
    )
    SELECT array_agg(verdict ORDER BY i),
           array_agg(CASE WHEN verdict = 0 THEN last_position + numbered ELSE known END ORDER BY i)
        INTO verdicts, positions
        FROM (SELECT *, count(*) FILTER (WHERE verdict = 0) OVER (ORDER BY i) AS numbered FROM judged) AS counted;

    -- 4. What is new goes in, with its texts and tags.
    IF NOT 0 = ANY (verdicts) THEN
        RETURN;
    END IF;
    INSERT INTO event (tenant, position, source, id, type, time, sourcerecordedtime, recordedtime, recordedby,
            business_date, worker, case_id, session, target_source, target_id, body, digest, fingerprint)
        SELECT p_tenant, n.position, n.source, n.id, n.type, n.time, n.sourcetime, recorded, n.by,
            n.on_date, n.worker, n.case_id, n.session, n.target_source, n.target_id, n.body, n.digest,
            CASE WHEN n.i = ANY (p_text_event) THEN NULL ELSE n.fingerprint END
        FROM unnest(verdicts, positions, p_source, p_id, p_type, p_time, p_sourcetime, p_by, p_on, p_worker, p_case,
                p_session, p_target_source, p_target_id, p_body, p_digest, p_fingerprint) WITH ORDINALITY
            AS n(verdict, position, source, id, type, time, sourcetime, by, on_date, worker, case_id,
                session, target_source, target_id, body, digest, fingerprint, i)
        WHERE n.verdict = 0;
    INSERT INTO event_text (tenant, position, field, subject, key_epoch, ciphertext, fingerprint)
        SELECT p_tenant, new.position, t.field, t.subject, t.epoch, t.ciphertext, new.fingerprint
        FROM unnest(p_text_event, p_text_field, p_text_subject, p_text_epoch, p_ciphertext)
            AS t(event, field, subject, epoch, ciphertext)
        JOIN unnest(verdicts, positions, p_fingerprint) WITH ORDINALITY AS new(verdict, position, fingerprint, i)
            ON new.i = t.event AND new.verdict = 0;
    INSERT INTO tag (tenant, tag, position)
        SELECT p_tenant, t.tag, new.position
        FROM unnest(verdicts, positions, p_tags) AS new(verdict, position, tags)
        CROSS JOIN LATERAL string_to_table(new.tags, ' ') AS t(tag)
        WHERE new.verdict = 0;
END
$$
-- ;;
CREATE FUNCTION tagged_events(p_tenant text, p_tags text[], p_since bigint[], p_types text[])
RETURNS TABLE (tags text[], "position" bigint, source text, id text, type text, "time" timestamptz,
    sourcerecordedtime timestamptz, recordedtime timestamptz, recordedby text,
    business_date date, target_source text, target_id text, body bytea)
LANGUAGE plpgsql ROWS 200 AS $$
#variable_conflict use_column
DECLARE
    head_position bigint;
    found bigint[];
    amended bigint[];
BEGIN
    PERFORM set_config('sv.tenant', p_tenant, true);
    SELECT coalesce(max(event.position), 0) INTO head_position FROM event WHERE event.tenant = p_tenant;
    SELECT array_agg(DISTINCT t.position) INTO found
        FROM unnest(p_tags, p_since, p_types) AS asked(tag, since, types)
        CROSS JOIN LATERAL (
            SELECT tag.position FROM tag
            WHERE tag.tenant = p_tenant AND tag.tag = asked.tag AND tag.position > asked.since
        ) AS t
        WHERE t.position <= head_position AND (asked.types IS NULL OR EXISTS (
            SELECT 1 FROM event WHERE event.tenant = p_tenant AND event.position = t.position
                AND event.type = ANY (string_to_array(asked.types, ','))));
    -- Corrections and retractions may be recorded before what they speak of, under tags of their own: so follow them
    -- both ways, to the event they name, and from each event to all that name it (again: a retracted correction).
    FOR step IN 1..3 LOOP
        SELECT array_agg(DISTINCT linked.position) INTO amended
            FROM unnest(found) AS f(position)
            JOIN event ON event.tenant = p_tenant AND event.position = f.position
            CROSS JOIN LATERAL (
                SELECT about.position FROM event AS about
                WHERE about.tenant = p_tenant AND about.target_source = event.source AND about.target_id = event.id
                UNION ALL
                SELECT named.position FROM event AS named
                WHERE event.target_source IS NOT NULL AND named.tenant = p_tenant
                    AND named.source = event.target_source AND named.id = event.target_id
            ) AS linked
            WHERE NOT linked.position = ANY (found) AND linked.position <= head_position;
        EXIT WHEN amended IS NULL;
        found := found || amended;
    END LOOP;
    -- The first row is the ledger's head, without an event: up to there this answer is complete.
    RETURN QUERY
        SELECT NULL::text[], head_position, NULL::text, NULL::text, NULL::text, NULL::timestamptz, NULL::timestamptz,
            NULL::timestamptz, NULL::text, NULL::date, NULL::text, NULL::text, NULL::bytea;
    RETURN QUERY
        SELECT carried.tags, e.position, e.source, e.id, e.type, e.time, e.sourcerecordedtime, e.recordedtime,
            e.recordedby, e.business_date, e.target_source, e.target_id, e.body
        FROM unnest(found) AS f(position)
        JOIN event AS e ON e.tenant = p_tenant AND e.position = f.position
        LEFT JOIN (
            SELECT tag.position, array_agg(tag.tag) AS tags FROM unnest(p_tags) AS asked(tag)
            JOIN tag ON tag.tenant = p_tenant AND tag.tag = asked.tag
            GROUP BY tag.position
        ) AS carried ON carried.position = f.position;
END
$$
-- ;;
CREATE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Old statistics of a young table keep the planner on sequential scans; an empty table must never be analysed.
    ANALYZE event;
    ANALYZE tag;
END
$$
-- ;;
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'supervision_service') THEN
        CREATE ROLE supervision_service NOLOGIN;
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO supervision_service', current_database());
END
$$
-- ;;
REVOKE ALL ON SCHEMA public FROM PUBLIC
-- ;;
GRANT USAGE ON SCHEMA public TO supervision_service
-- ;;
REVOKE EXECUTE ON FUNCTION append_events, tagged_events, refresh_statistics FROM PUBLIC
-- ;;
GRANT EXECUTE ON FUNCTION append_events, tagged_events, refresh_statistics TO supervision_service
-- ;;
GRANT SELECT ON council, head, council_key, event, event_text, tag, quarantine TO supervision_service
-- ;;
-- Whether the schema is the code's own is part of being ready.
GRANT SELECT ON alembic_version TO supervision_service
-- ;;
GRANT INSERT ON event, event_text, tag, quarantine TO supervision_service
-- ;;
-- FOR UPDATE asks for this privilege; the trigger refuses every real update.
GRANT UPDATE (tenant) ON head TO supervision_service
-- ;;
GRANT UPDATE (state, closed, closed_by, position, ciphertext) ON quarantine TO supervision_service

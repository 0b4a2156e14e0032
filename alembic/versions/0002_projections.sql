CREATE TABLE projection (
    tenant     text COLLATE "C" NOT NULL REFERENCES council,
    generation integer NOT NULL,
    live       boolean NOT NULL,
    position   bigint NOT NULL,
    begun      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, generation)
)
-- ;;
COMMENT ON TABLE projection IS 'Which generation of a council''s read models is read, and how far each has noted the ledger. Everything of a generation can be thrown away and made anew.'
-- ;;
CREATE UNIQUE INDEX projection_live ON projection (tenant) WHERE live
-- ;;
CREATE TABLE pending (
    tenant     text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    since      date NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (tenant, generation, kind, id)
) WITH (fillfactor = 70, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1)
-- ;;
COMMENT ON TABLE pending IS 'Subjects to be assessed anew from a day on, because of an event at this position. Claimed with FOR UPDATE SKIP LOCKED.'
-- ;;
CREATE INDEX pending_position ON pending (tenant, generation, position)
-- ;;
CREATE TABLE subject (
    tenant     text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    fault      text COLLATE "C",
    PRIMARY KEY (tenant, generation, kind, id)
)
-- ;;
CREATE TABLE dependency (
    tenant     text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    tag        text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    types      text[],
    PRIMARY KEY (tenant, generation, tag, kind, id)
)
-- ;;
COMMENT ON TABLE dependency IS 'Which tags a subject''s answer rests on, and which types of event under each matter (null: all).'
-- ;;
CREATE INDEX dependency_subject ON dependency (tenant, generation, kind, id)
-- ;;
CREATE TABLE situation (
    tenant          text COLLATE "C" NOT NULL,
    generation      integer NOT NULL,
    kind            text COLLATE "C" NOT NULL,
    id              text COLLATE "C" NOT NULL,
    from_on         date NOT NULL,
    until_on        date NOT NULL,
    role            text COLLATE "C",
    service         text COLLATE "C",
    category        text COLLATE "C",
    team            text COLLATE "C",
    stage           text COLLATE "C",
    employment_type text COLLATE "C",
    subject_kind    text COLLATE "C",
    lead            text COLLATE "C",
    supervisor      text COLLATE "C",
    interim         text COLLATE "C",
    PRIMARY KEY (tenant, generation, kind, id, from_on)
)
-- ;;
CREATE INDEX situation_lead ON situation (tenant, generation, lead) WHERE lead IS NOT NULL
-- ;;
CREATE TABLE timeline (
    tenant     text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    rule       text COLLATE "C" NOT NULL,
    from_on    date NOT NULL,
    until_on   date NOT NULL,
    status     text COLLATE "C" NOT NULL,
    code       text COLLATE "C",
    policy     text COLLATE "C" NOT NULL,
    force      text COLLATE "C" NOT NULL,
    dues_from  date[] NOT NULL,
    dues       date[] NOT NULL,
    PRIMARY KEY (tenant, generation, kind, id, rule, from_on)
)
-- ;;
COMMENT ON TABLE timeline IS 'What each rule says from when to when (until infinity: if nothing happens); an empty rule is the subject as a whole. On a day between, dues[width_bucket(day, dues_from)] is the date that stood as the due date.'
-- ;;
-- What is over and lasted some two months or less is found by its first day, what lasts by its last.
CREATE INDEX timeline_short ON timeline (tenant, generation, from_on, until_on)
    INCLUDE (kind, id, rule, policy, force, status, code, dues_from, dues) WHERE until_on <= from_on + 62
-- ;;
CREATE INDEX timeline_long ON timeline (tenant, generation, until_on, from_on)
    INCLUDE (kind, id, rule, policy, force, status, code, dues_from, dues) WHERE until_on > from_on + 62
-- ;;
CREATE TABLE doubt (
    tenant     text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    code       text COLLATE "C" NOT NULL,
    number     integer NOT NULL,
    about_on   date,
    why        text NOT NULL,
    positions  bigint[] NOT NULL,
    PRIMARY KEY (tenant, generation, kind, id, code, number)
)
-- ;;
CREATE TABLE source_heard (
    tenant     text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    source     text COLLATE "C" NOT NULL,
    events     bigint NOT NULL,
    first      timestamptz NOT NULL,
    last       timestamptz NOT NULL,
    PRIMARY KEY (tenant, generation, source)
)
-- ;;
DO $$
DECLARE
    council_table text;
BEGIN
    FOREACH council_table IN ARRAY ARRAY['projection', 'pending', 'subject', 'dependency', 'situation', 'timeline',
            'doubt', 'source_heard'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', council_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', council_table);
        EXECUTE format(
            'CREATE POLICY own_council ON %I USING (tenant = (SELECT nullif(current_setting(''sv.tenant'', true), '''')))',
            council_table);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO supervision_service', council_table);
    END LOOP;
END
$$

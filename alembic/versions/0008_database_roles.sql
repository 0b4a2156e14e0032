DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['supervision_reader', 'supervision_signer', 'supervision_backup'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', wanted);
    END LOOP;
    -- Only a superuser may give this (from PostgreSQL 16 on, also a role that has it).
    IF NOT (SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = 'supervision_backup') THEN
        RAISE NOTICE 'supervision_backup cannot make a backup yet. As a superuser: ALTER ROLE supervision_backup BYPASSRLS';
    END IF;
END
$$
-- ;;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC
-- ;;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC
-- ;;
GRANT SELECT ON projection, pending, subject, dependency, situation, timeline, doubt, source_heard, council, tag,
    alembic_version TO supervision_reader
-- ;;
GRANT SELECT (tenant, position, source, id, type, time, sourcerecordedtime, recordedtime, recordedby, business_date,
    worker, case_id, session, target_source, target_id, body, digest) ON event TO supervision_reader
-- ;;
GRANT EXECUTE ON FUNCTION tagged_events TO supervision_reader
-- ;;
GRANT SELECT (id) ON council TO supervision_signer
-- ;;
GRANT SELECT (tenant, position, digest, recordedtime) ON event TO supervision_signer
-- ;;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO supervision_backup
-- ;;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO supervision_backup
-- ;;
-- A table that a later migration makes is in the next backup.
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO supervision_backup
-- ;;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO supervision_backup

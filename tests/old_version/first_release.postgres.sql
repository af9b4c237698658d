SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA dbos;
CREATE FUNCTION dbos.enqueue_workflow(workflow_name text, queue_name text, positional_args json[] DEFAULT ARRAY[]::json[], named_args json DEFAULT '{}'::json, class_name text DEFAULT NULL::text, config_name text DEFAULT NULL::text, workflow_id text DEFAULT NULL::text, app_version text DEFAULT NULL::text, timeout_ms bigint DEFAULT NULL::bigint, deadline_epoch_ms bigint DEFAULT NULL::bigint, deduplication_id text DEFAULT NULL::text, priority integer DEFAULT NULL::integer, queue_partition_key text DEFAULT NULL::text, authenticated_user text DEFAULT NULL::text, authenticated_roles text DEFAULT NULL::text, delay_until_epoch_ms bigint DEFAULT NULL::bigint, application_name text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_workflow_id TEXT;
    v_serialized_inputs TEXT;
    v_owner_xid TEXT;
    v_now BIGINT;
    v_recovery_attempts INT4 := 0;
    v_priority INT4;
    v_status TEXT;
BEGIN
    -- Validate required parameters
    IF workflow_name IS NULL OR workflow_name = '' THEN
        RAISE EXCEPTION 'Workflow name cannot be null or empty';
    END IF;
    IF queue_name IS NULL OR queue_name = '' THEN
        RAISE EXCEPTION 'Queue name cannot be null or empty';
    END IF;
    IF named_args IS NOT NULL AND jsonb_typeof(named_args::jsonb) != 'object' THEN
        RAISE EXCEPTION 'Named args must be a JSON object';
    END IF;
    IF workflow_id IS NOT NULL AND workflow_id = '' THEN
        RAISE EXCEPTION 'Workflow ID cannot be an empty string if provided.';
    END IF;
    IF delay_until_epoch_ms IS NOT NULL AND delay_until_epoch_ms < 0 THEN
        RAISE EXCEPTION 'delay_until_epoch_ms must be >= 0';
    END IF;
    v_workflow_id := COALESCE(workflow_id, gen_random_uuid()::TEXT);
    v_owner_xid := gen_random_uuid()::TEXT;
    v_priority := COALESCE(priority, 0);
    v_serialized_inputs := json_build_object(
        'positionalArgs', positional_args,
        'namedArgs', named_args
    )::TEXT;
    v_now := EXTRACT(epoch FROM now()) * 1000;
    v_status := CASE WHEN delay_until_epoch_ms IS NULL THEN 'ENQUEUED' ELSE 'DELAYED' END;
    INSERT INTO "dbos".workflow_status (
        workflow_uuid, status,
        name, class_name, config_name,
        queue_name, deduplication_id, priority, queue_partition_key,
        application_version,
        created_at, updated_at, recovery_attempts,
        workflow_timeout_ms, workflow_deadline_epoch_ms,
        parent_workflow_id, owner_xid, serialization,
        authenticated_user, authenticated_roles,
        delay_until_epoch_ms, application_name
    ) VALUES (
        v_workflow_id, v_status,
        workflow_name, class_name, config_name,
        queue_name, deduplication_id, v_priority, queue_partition_key,
        app_version,
        v_now, v_now, v_recovery_attempts,
        timeout_ms, deadline_epoch_ms,
        NULL, v_owner_xid, 'portable_json',
        authenticated_user, authenticated_roles,
        delay_until_epoch_ms, application_name
    )
    ON CONFLICT (workflow_uuid)
    DO UPDATE SET
        updated_at = EXCLUDED.updated_at;
    INSERT INTO "dbos".workflow_input (
        workflow_uuid, inputs, retention_timestamp
    ) VALUES (
        v_workflow_id, v_serialized_inputs, v_now
    )
    ON CONFLICT (workflow_uuid) DO NOTHING;
    RETURN v_workflow_id;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'DBOS queue duplicated'
            USING DETAIL = format('Workflow %s with queue %s and deduplication ID %s already exists', v_workflow_id, queue_name, deduplication_id),
                ERRCODE = 'unique_violation';
END;
$$;
CREATE FUNCTION dbos.notifications_function() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    payload text := NEW.destination_uuid || '::' || NEW.topic;
BEGIN
    PERFORM pg_notify('dbos_notifications_channel', payload);
    RETURN NEW;
END;
$$;
CREATE FUNCTION dbos.send_message(destination_id text, message json, topic text DEFAULT NULL::text, message_id text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_topic TEXT := COALESCE(topic, '__null__topic__');
    v_message_id TEXT := COALESCE(message_id, gen_random_uuid()::TEXT);
BEGIN
    INSERT INTO "dbos".notifications (
        destination_uuid, topic, message, message_uuid, serialization
    ) VALUES (
        destination_id, v_topic, message, v_message_id, 'portable_json'
    )
    ON CONFLICT (message_uuid) DO NOTHING;
EXCEPTION
    WHEN foreign_key_violation THEN
        RAISE EXCEPTION 'DBOS non-existent workflow'
            USING DETAIL = format('Destination workflow %s does not exist', destination_id),
                ERRCODE = 'foreign_key_violation';
END;
$$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE dbos.application_versions (
    version_id text NOT NULL,
    version_name text NOT NULL,
    version_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    created_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    application_name text
);
CREATE TABLE dbos.dbos_migrations (
    version bigint NOT NULL
);
CREATE TABLE dbos.event_dispatch_kv (
    service_name text NOT NULL,
    workflow_fn_name text NOT NULL,
    key text NOT NULL,
    value text,
    update_seq numeric(38,0),
    update_time numeric(38,15)
);
CREATE TABLE dbos.notifications (
    message_uuid text DEFAULT gen_random_uuid() NOT NULL,
    destination_uuid text NOT NULL,
    topic text,
    message text NOT NULL,
    created_at_epoch_ms bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    serialization text,
    consumed boolean DEFAULT false NOT NULL,
    consumed_by_function_id integer
);
CREATE TABLE dbos.operation_outputs (
    workflow_uuid text NOT NULL,
    function_id integer NOT NULL,
    function_name text DEFAULT ''::text NOT NULL,
    output text,
    error text,
    child_workflow_id text,
    started_at_epoch_ms bigint,
    completed_at_epoch_ms bigint,
    serialization text,
    application_name text,
    retention_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL
);
CREATE TABLE dbos.queues (
    queue_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    name text NOT NULL,
    concurrency integer,
    worker_concurrency integer,
    rate_limit_max integer,
    rate_limit_period_sec double precision,
    priority_enabled boolean DEFAULT false NOT NULL,
    partition_queue boolean DEFAULT false NOT NULL,
    polling_interval_sec double precision DEFAULT 1.0 NOT NULL,
    created_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    updated_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    application_name text,
    partition_concurrency integer,
    partition_worker_concurrency integer,
    partition_rate_limit_max integer,
    partition_rate_limit_period_sec double precision
);
CREATE TABLE dbos.streams (
    workflow_uuid text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    "offset" integer NOT NULL,
    function_id integer DEFAULT 0 NOT NULL,
    serialization text
);
CREATE TABLE dbos.workflow_events (
    workflow_uuid text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    serialization text
);
CREATE TABLE dbos.workflow_events_history (
    workflow_uuid text NOT NULL,
    function_id integer NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    serialization text
);
CREATE TABLE dbos.workflow_input (
    workflow_uuid text NOT NULL,
    inputs text,
    retention_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL
);
CREATE TABLE dbos.workflow_output (
    workflow_uuid text NOT NULL,
    output text,
    error text,
    retention_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL
);
CREATE TABLE dbos.workflow_schedules (
    schedule_id text NOT NULL,
    schedule_name text NOT NULL,
    workflow_name text NOT NULL,
    workflow_class_name text,
    schedule text NOT NULL,
    status text DEFAULT 'ACTIVE'::text NOT NULL,
    context text NOT NULL,
    last_fired_at text,
    automatic_backfill boolean DEFAULT false NOT NULL,
    cron_timezone text,
    queue_name text,
    application_name text
);
CREATE TABLE dbos.workflow_status (
    workflow_uuid text NOT NULL,
    status text,
    name text,
    authenticated_user text,
    assumed_role text,
    authenticated_roles text,
    request text,
    output text,
    error text,
    executor_id text,
    created_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    updated_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    application_version text,
    application_id text,
    class_name character varying(255) DEFAULT NULL::character varying,
    config_name character varying(255) DEFAULT NULL::character varying,
    recovery_attempts bigint DEFAULT 0,
    queue_name text,
    workflow_timeout_ms bigint,
    workflow_deadline_epoch_ms bigint,
    inputs text,
    started_at_epoch_ms bigint,
    deduplication_id text,
    priority integer DEFAULT 0 NOT NULL,
    queue_partition_key text,
    forked_from text,
    owner_xid text,
    parent_workflow_id text,
    serialization text,
    delay_until_epoch_ms bigint,
    was_forked_from boolean DEFAULT false NOT NULL,
    rate_limited boolean DEFAULT false NOT NULL,
    completed_at bigint,
    attributes jsonb,
    schedule_name text,
    debounce_deadline_epoch_ms bigint,
    is_debounced boolean DEFAULT false NOT NULL,
    application_name text,
    creator_xid text
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.alert (
    id integer NOT NULL,
    account_id character varying NOT NULL,
    signal character varying NOT NULL,
    "window" character varying NOT NULL,
    owner character varying NOT NULL,
    evidence text NOT NULL,
    act_by timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.alert_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alert_id_seq OWNED BY public.alert.id;
CREATE TABLE public.beat (
    executor character varying NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.correction (
    id integer NOT NULL,
    ticket_id integer NOT NULL,
    field character varying NOT NULL,
    was text NOT NULL,
    should_be text NOT NULL,
    by character varying NOT NULL,
    why text NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.correction_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.correction_id_seq OWNED BY public.correction.id;
CREATE TABLE public.decision (
    id integer NOT NULL,
    kind character varying NOT NULL,
    request_id integer,
    ticket_id integer,
    inputs_digest character varying NOT NULL,
    answer json NOT NULL,
    because text NOT NULL,
    engine character varying NOT NULL,
    model character varying NOT NULL,
    prompt character varying NOT NULL,
    tokens_in integer NOT NULL,
    tokens_out integer NOT NULL,
    dollars double precision NOT NULL,
    milliseconds double precision NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.decision_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.decision_id_seq OWNED BY public.decision.id;
CREATE TABLE public.done (
    key character varying NOT NULL,
    result json,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.draft (
    id integer NOT NULL,
    ticket_id integer NOT NULL,
    text text NOT NULL,
    citations json NOT NULL,
    status text NOT NULL,
    based_on_ts character varying NOT NULL,
    engine character varying NOT NULL,
    because text NOT NULL,
    at timestamp with time zone NOT NULL,
    decided_by character varying NOT NULL,
    decided_at timestamp with time zone,
    reason text NOT NULL,
    original text NOT NULL,
    sent_ts character varying NOT NULL
);
CREATE SEQUENCE public.draft_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.draft_id_seq OWNED BY public.draft.id;
CREATE TABLE public.feedback (
    id integer NOT NULL,
    ticket_id integer NOT NULL,
    person character varying NOT NULL,
    good boolean NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.feedback_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.feedback_id_seq OWNED BY public.feedback.id;
CREATE TABLE public.post (
    key character varying NOT NULL,
    channel character varying NOT NULL,
    thread_ts character varying NOT NULL,
    ts character varying NOT NULL,
    at timestamp with time zone NOT NULL,
    claimed_by character varying NOT NULL,
    claimed_until timestamp with time zone NOT NULL
);
CREATE TABLE public.receipt (
    id integer NOT NULL,
    key character varying NOT NULL,
    kind character varying NOT NULL,
    thread character varying NOT NULL,
    body json NOT NULL,
    received_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    failed character varying NOT NULL
);
CREATE SEQUENCE public.receipt_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.receipt_id_seq OWNED BY public.receipt.id;
CREATE TABLE public.request (
    id integer NOT NULL,
    team character varying NOT NULL,
    channel character varying NOT NULL,
    ts character varying NOT NULL,
    requester character varying NOT NULL,
    text text NOT NULL,
    wording text NOT NULL,
    files json NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    outcome text,
    because character varying NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE public.request_edit (
    id integer NOT NULL,
    request_id integer NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.request_edit_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.request_edit_id_seq OWNED BY public.request_edit.id;
CREATE SEQUENCE public.request_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.request_id_seq OWNED BY public.request.id;
CREATE TABLE public.ticket (
    id integer NOT NULL,
    request_id integer NOT NULL,
    channel character varying NOT NULL,
    thread_ts character varying NOT NULL,
    requester character varying NOT NULL,
    account_id character varying NOT NULL,
    account_name character varying NOT NULL,
    tier character varying NOT NULL,
    category character varying NOT NULL,
    runner_up character varying NOT NULL,
    priority text NOT NULL,
    sentiment text NOT NULL,
    language character varying NOT NULL,
    confidence double precision NOT NULL,
    summary text NOT NULL,
    because text NOT NULL,
    facts json NOT NULL,
    engine character varying NOT NULL,
    note character varying NOT NULL,
    missing json NOT NULL,
    "similar" json NOT NULL,
    no_draft character varying NOT NULL,
    queue character varying NOT NULL,
    owner character varying NOT NULL,
    held boolean NOT NULL,
    status text NOT NULL,
    respond_by timestamp with time zone,
    resolve_by timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    routed_at timestamp with time zone,
    answered_at timestamp with time zone,
    resolved_at timestamp with time zone,
    escalated_at timestamp with time zone,
    touched boolean NOT NULL,
    moved_on_ts character varying NOT NULL,
    moves integer NOT NULL,
    link character varying NOT NULL,
    card_channel character varying NOT NULL,
    card_ts character varying NOT NULL,
    card_link character varying NOT NULL
);
CREATE TABLE public.ticket_event (
    id integer NOT NULL,
    ticket_id integer NOT NULL,
    what character varying NOT NULL,
    who character varying NOT NULL,
    why text NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.ticket_event_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.ticket_event_id_seq OWNED BY public.ticket_event.id;
CREATE SEQUENCE public.ticket_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.ticket_id_seq OWNED BY public.ticket.id;
ALTER TABLE ONLY public.alert ALTER COLUMN id SET DEFAULT nextval('public.alert_id_seq'::regclass);
ALTER TABLE ONLY public.correction ALTER COLUMN id SET DEFAULT nextval('public.correction_id_seq'::regclass);
ALTER TABLE ONLY public.decision ALTER COLUMN id SET DEFAULT nextval('public.decision_id_seq'::regclass);
ALTER TABLE ONLY public.draft ALTER COLUMN id SET DEFAULT nextval('public.draft_id_seq'::regclass);
ALTER TABLE ONLY public.feedback ALTER COLUMN id SET DEFAULT nextval('public.feedback_id_seq'::regclass);
ALTER TABLE ONLY public.receipt ALTER COLUMN id SET DEFAULT nextval('public.receipt_id_seq'::regclass);
ALTER TABLE ONLY public.request ALTER COLUMN id SET DEFAULT nextval('public.request_id_seq'::regclass);
ALTER TABLE ONLY public.request_edit ALTER COLUMN id SET DEFAULT nextval('public.request_edit_id_seq'::regclass);
ALTER TABLE ONLY public.ticket ALTER COLUMN id SET DEFAULT nextval('public.ticket_id_seq'::regclass);
ALTER TABLE ONLY public.ticket_event ALTER COLUMN id SET DEFAULT nextval('public.ticket_event_id_seq'::regclass);
INSERT INTO dbos.application_versions VALUES ('832e2e82-83f7-4a50-b9bd-1a968aa139c2', 'stable', 1795391884324, 1795391884324, 'signalbox');
INSERT INTO dbos.dbos_migrations VALUES (125);
INSERT INTO dbos.operation_outputs VALUES ('event:EvTVWVAT274E', 1, 'open', 'gARLAS4=', NULL, NULL, 1795391884520, 1795391884939, 'py_pickle', 'signalbox', 1795391884940);
INSERT INTO dbos.operation_outputs VALUES ('event:EvT6ZYRDXQ5C', 1, 'open', 'gARLAi4=', NULL, NULL, 1795391884576, 1795391885141, 'py_pickle', 'signalbox', 1795391885179);
INSERT INTO dbos.operation_outputs VALUES ('event:EvDCYTKC3ZVC', 1, 'open', 'gARLAy4=', NULL, NULL, 1795391884913, 1795391885220, 'py_pickle', 'signalbox', 1795391885239);
INSERT INTO dbos.operation_outputs VALUES ('event:EvVJAHMMSFFK', 1, 'open', 'gARLBC4=', NULL, NULL, 1795391884936, 1795391885243, 'py_pickle', 'signalbox', 1795391885270);
INSERT INTO dbos.operation_outputs VALUES ('event:EvDCYTKC3ZVC', 2, 'draft', 'gASILg==', NULL, NULL, 1795391885907, 1795391886009, 'py_pickle', 'signalbox', 1795391886010);
INSERT INTO dbos.operation_outputs VALUES ('event:EvTVWVAT274E', 2, 'draft', 'gASILg==', NULL, NULL, 1795391885908, 1795391886041, 'py_pickle', 'signalbox', 1795391886043);
INSERT INTO dbos.operation_outputs VALUES ('event:EvVJAHMMSFFK', 2, 'draft', 'gASILg==', NULL, NULL, 1795391885925, 1795391886068, 'py_pickle', 'signalbox', 1795391886071);
INSERT INTO dbos.operation_outputs VALUES ('click:UQRLHSAMQL4:1795510800.002500:approve_draft', 1, 'send', 'gASVFQAAAAAAAACMETE3OTU1MTA4MDAuMDAzMDAwlC4=', NULL, NULL, 1795391886318, 1795391886376, 'py_pickle', 'signalbox', 1795391886377);
INSERT INTO dbos.operation_outputs VALUES ('click:UQRLHSAMQL4:1795510800.002500:approve_draft', 2, 'sent', 'gARLAS4=', NULL, NULL, 1795391886379, 1795391886409, 'py_pickle', 'signalbox', 1795391886410);
INSERT INTO dbos.workflow_input VALUES ('event:EvTVWVAT274E', 'gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwFhhpSMBmt3YXJnc5R9lHUu', 1795391884463);
INSERT INTO dbos.workflow_input VALUES ('event:EvT6ZYRDXQ5C', 'gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwNhhpSMBmt3YXJnc5R9lHUu', 1795391884491);
INSERT INTO dbos.workflow_input VALUES ('event:EvVJAHMMSFFK', 'gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwJhhpSMBmt3YXJnc5R9lHUu', 1795391884492);
INSERT INTO dbos.workflow_input VALUES ('event:EvDCYTKC3ZVC', 'gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwRhhpSMBmt3YXJnc5R9lHUu', 1795391884500);
INSERT INTO dbos.workflow_input VALUES ('click:UQRLHSAMQL4:1795510800.002500:approve_draft', 'gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwVhhpSMBmt3YXJnc5R9lHUu', 1795391886181);
INSERT INTO dbos.workflow_output VALUES ('event:EvDCYTKC3ZVC', 'gAROLg==', NULL, 1795391886158);
INSERT INTO dbos.workflow_output VALUES ('event:EvTVWVAT274E', 'gAROLg==', NULL, 1795391886179);
INSERT INTO dbos.workflow_output VALUES ('event:EvVJAHMMSFFK', 'gAROLg==', NULL, 1795391886183);
INSERT INTO dbos.workflow_output VALUES ('click:UQRLHSAMQL4:1795510800.002500:approve_draft', 'gAROLg==', NULL, 1795391886545);
INSERT INTO dbos.workflow_status VALUES ('event:EvT6ZYRDXQ5C', 'PENDING', 'flow', NULL, NULL, NULL, NULL, NULL, NULL, '01334bc798254f8b849ac45a675f4c60', 1795391884491, 1795391884491, 'stable', '', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 'c433a45a-102a-4a2d-989b-7c69bd0af599', NULL, 'py_pickle', NULL, false, false, NULL, 'null', NULL, NULL, false, 'signalbox', 'c433a45a-102a-4a2d-989b-7c69bd0af599');
INSERT INTO dbos.workflow_status VALUES ('event:EvDCYTKC3ZVC', 'SUCCESS', 'flow', NULL, NULL, NULL, NULL, NULL, NULL, '01334bc798254f8b849ac45a675f4c60', 1795391884500, 1795391886158, 'stable', '', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 'py_pickle', NULL, false, false, 1795391886158, 'null', NULL, NULL, false, 'signalbox', '8b993433-ee02-4ab9-9566-a3caf51645b2');
INSERT INTO dbos.workflow_status VALUES ('event:EvTVWVAT274E', 'SUCCESS', 'flow', NULL, NULL, NULL, NULL, NULL, NULL, '01334bc798254f8b849ac45a675f4c60', 1795391884463, 1795391886179, 'stable', '', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 'py_pickle', NULL, false, false, 1795391886179, 'null', NULL, NULL, false, 'signalbox', '39dea066-a9b0-4ef3-999c-80c935e6d29b');
INSERT INTO dbos.workflow_status VALUES ('event:EvVJAHMMSFFK', 'SUCCESS', 'flow', NULL, NULL, NULL, NULL, NULL, NULL, '01334bc798254f8b849ac45a675f4c60', 1795391884492, 1795391886183, 'stable', '', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 'py_pickle', NULL, false, false, 1795391886183, 'null', NULL, NULL, false, 'signalbox', 'faccb8ac-27b9-4243-b569-007ba5cb39d8');
INSERT INTO dbos.workflow_status VALUES ('click:UQRLHSAMQL4:1795510800.002500:approve_draft', 'SUCCESS', 'flow', NULL, NULL, NULL, NULL, NULL, NULL, '01334bc798254f8b849ac45a675f4c60', 1795391886181, 1795391886545, 'stable', '', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 'py_pickle', NULL, false, false, 1795391886545, 'null', NULL, NULL, false, 'signalbox', '4dff67b3-45cd-43f1-8637-eaecd862ded2');
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.beat VALUES ('01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:56:47.404094+00');
INSERT INTO public.decision VALUES (1, 'triage', 3, 3, '57c635038458489b', '{"category": "billing-invoice", "runner_up": "data-export", "priority": "P3", "sentiment": "neutral", "confidence": 0.999, "queue": "billing", "held": false, "rules": []}', 'Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way.', 'local', 'minilm', '', 0, 0, 0, 6.1423120023391675, '2026-11-24 09:00:00+00');
INSERT INTO public.decision VALUES (2, 'triage', 1, 1, '79ba51e8d26e81b0', '{"category": "billing-invoice", "runner_up": "data-export", "priority": "P3", "sentiment": "neutral", "confidence": 0.999, "queue": "billing", "held": false, "rules": []}', 'Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way.', 'local', 'minilm', '', 0, 0, 0, 2.6855149990296923, '2026-11-24 09:00:00+00');
INSERT INTO public.decision VALUES (3, 'triage', 4, 4, 'eaae014444c0eb22', '{"category": "billing-invoice", "runner_up": "data-export", "priority": "P3", "sentiment": "neutral", "confidence": 0.9989, "queue": "billing", "held": false, "rules": []}', 'Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way.', 'local', 'minilm', '', 0, 0, 0, 14.377264000358991, '2026-11-24 09:00:00+00');
INSERT INTO public.decision VALUES (4, 'reply', 3, 3, '60a8b60e5a75f36b', '{"text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.", "citations": [{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]}', 'Taken word for word from “Find and download your invoices”.', 'local', 'minilm-int8', '', 0, 0, 0, 4.2814260013983585, '2026-11-24 09:00:00+00');
INSERT INTO public.decision VALUES (5, 'reply', 1, 1, 'b198a3fc159802ca', '{"text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.", "citations": [{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]}', 'Taken word for word from “Find and download your invoices”.', 'local', 'minilm-int8', '', 0, 0, 0, 4.8066290000861045, '2026-11-24 09:00:00+00');
INSERT INTO public.decision VALUES (6, 'reply', 4, 4, 'e2d918c56bf51954', '{"text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.", "citations": [{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]}', 'Taken word for word from “Find and download your invoices”.', 'local', 'minilm-int8', '', 0, 0, 0, 12.78524900044431, '2026-11-24 09:00:00+00');
INSERT INTO public.done VALUES ('click:UQRLHSAMQL4:1795510800.002500:approve_draft:approve', '1', '2026-11-24 09:00:00+00');
INSERT INTO public.draft VALUES (1, 3, 'Hi Greta,
Every charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.
1. Sign in as owner or manager.
2. Open Settings > Billing > Invoices.
3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.', '[{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]', 'proposed', '1795510800.000900', 'local', 'Taken word for word from “Find and download your invoices”.', '2026-11-24 09:00:00+00', '', NULL, '', '', '');
INSERT INTO public.draft VALUES (3, 4, 'Hi Greta,
Every charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.
1. Sign in as owner or manager.
2. Open Settings > Billing > Invoices.
3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.', '[{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]', 'proposed', '1795510800.001000', 'local', 'Taken word for word from “Find and download your invoices”.', '2026-11-24 09:00:00+00', '', NULL, '', '', '');
INSERT INTO public.draft VALUES (2, 1, 'Hi Greta,
Every charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.
1. Sign in as owner or manager.
2. Open Settings > Billing > Invoices.
3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.', '[{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]', 'sent', '1795510800.000800', 'local', 'Taken word for word from “Find and download your invoices”.', '2026-11-24 09:00:00+00', 'UQRLHSAMQL4', '2026-11-24 09:00:00+00', '', '', '1795510800.003000');
INSERT INTO public.post VALUES ('card:3:0', 'CQWHUFZILGC', '', '1795510800.001500', '2026-11-24 09:00:00+00', '01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:58:17.748847+00');
INSERT INTO public.post VALUES ('card:1:0', 'CQWHUFZILGC', '', '1795510800.001600', '2026-11-24 09:00:00+00', '01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:58:17.755599+00');
INSERT INTO public.post VALUES ('card:4:0', 'CQWHUFZILGC', '', '1795510800.001700', '2026-11-24 09:00:00+00', '01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:58:17.795973+00');
INSERT INTO public.post VALUES ('line:3', 'CY6DRHM5FMA', '1795510800.000900', '1795510800.001800', '2026-11-24 09:00:00+00', '01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:58:17.857352+00');
INSERT INTO public.post VALUES ('line:1', 'CY6DRHM5FMA', '1795510800.000800', '1795510800.001900', '2026-11-24 09:00:00+00', '01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:58:17.868188+00');
INSERT INTO public.post VALUES ('line:4', 'CY6DRHM5FMA', '1795510800.001000', '1795510800.002000', '2026-11-24 09:00:00+00', '01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:58:17.886127+00');
INSERT INTO public.post VALUES ('reply:2', 'CY6DRHM5FMA', '1795510800.000800', '1795510800.003000', '2026-11-24 09:00:00+00', '01334bc798254f8b849ac45a675f4c60', '2026-11-22 23:58:18.348681+00');
INSERT INTO public.receipt VALUES (3, 'event:EvT6ZYRDXQ5C', 'message', 'CUF6TDRG7B4:1795510800.001100', '{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "U4JJEKNB6TJ", "type": "message", "ts": "1795510800.001100", "client_msg_id": "af104249-6c23-54f4-8478-7333d923b2d0", "text": "My laptop does not start any more", "blocks": [{"type": "rich_text", "block_id": "05d41", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "My laptop does not start any more"}]}]}], "team": "T0FERNHAUL", "channel": "CUF6TDRG7B4", "event_ts": "1795510800.001100", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvT6ZYRDXQ5C", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": false, "event_context": "4-EvT6ZYRDXQ5C"}', '2026-11-24 09:00:00+00', NULL, '');
INSERT INTO public.receipt VALUES (4, 'event:EvDCYTKC3ZVC', 'message', 'CY6DRHM5FMA:1795510800.000900', '{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "USB2JMVQNYL", "type": "message", "ts": "1795510800.000900", "client_msg_id": "76b8938f-5b19-54df-ab7d-cc837b43609b", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (1)", "blocks": [{"type": "rich_text", "block_id": "de23d", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (1)"}]}]}], "team": "T0FERNHAUL", "channel": "CY6DRHM5FMA", "event_ts": "1795510800.000900", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvDCYTKC3ZVC", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": true, "event_context": "4-EvDCYTKC3ZVC"}', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', '');
INSERT INTO public.receipt VALUES (1, 'event:EvTVWVAT274E', 'message', 'CY6DRHM5FMA:1795510800.000800', '{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "USB2JMVQNYL", "type": "message", "ts": "1795510800.000800", "client_msg_id": "150e9ed2-1bbb-54a7-9ec5-0ed06d264887", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (0)", "blocks": [{"type": "rich_text", "block_id": "aafe2", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (0)"}]}]}], "team": "T0FERNHAUL", "channel": "CY6DRHM5FMA", "event_ts": "1795510800.000800", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvTVWVAT274E", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": true, "event_context": "4-EvTVWVAT274E"}', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', '');
INSERT INTO public.receipt VALUES (2, 'event:EvVJAHMMSFFK', 'message', 'CY6DRHM5FMA:1795510800.001000', '{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "USB2JMVQNYL", "type": "message", "ts": "1795510800.001000", "client_msg_id": "2fc46859-f144-5bf9-baca-1e4df560232b", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (2)", "blocks": [{"type": "rich_text", "block_id": "e6ef0", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (2)"}]}]}], "team": "T0FERNHAUL", "channel": "CY6DRHM5FMA", "event_ts": "1795510800.001000", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvVJAHMMSFFK", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": true, "event_context": "4-EvVJAHMMSFFK"}', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', '');
INSERT INTO public.receipt VALUES (5, 'click:UQRLHSAMQL4:1795510800.002500:approve_draft', 'block_actions', 'CQWHUFZILGC:1795510800.001600', '{"type": "block_actions", "user": {"id": "UQRLHSAMQL4", "username": "marek", "name": "marek", "team_id": "T0FERNHAUL"}, "api_app_id": "A0SIGNALBX", "token": "twin-verification-token", "container": {"type": "message", "message_ts": "1795510800.001600", "channel_id": "CQWHUFZILGC", "is_ephemeral": false}, "trigger_id": "1000000002.1795510803.f3dff8b23b09d39b18b34a9c87346cda", "team": {"id": "T0FERNHAUL", "domain": "fernhaul"}, "enterprise": null, "is_enterprise_install": false, "channel": {"id": "CQWHUFZILGC", "name": "team-billing"}, "message": {"user": "UAQOEFOIDBG", "type": "message", "bot_id": "BFHIY77YT6S", "app_id": "A0SIGNALBX", "team": "T0FERNHAUL", "bot_profile": {"id": "BFHIY77YT6S", "deleted": false, "name": "Signalbox", "updated": 1795510800, "app_id": "A0SIGNALBX", "icons": {"image_36": "https://avatars.example.com/BFHIY77YT6S_36.png", "image_48": "https://avatars.example.com/BFHIY77YT6S_48.png", "image_72": "https://avatars.example.com/BFHIY77YT6S_72.png"}, "team_id": "T0FERNHAUL"}, "ts": "1795510800.001600", "text": "T-1 \u00b7 Invoice question \u00b7 P3 \u00b7 hey! where can i find the invoice from september? my accountant wants the pdf (0)", "blocks": [{"type": "header", "block_id": "f2724", "text": {"type": "plain_text", "text": "T-1 \u00b7 Invoice question", "emoji": false}}, {"type": "context", "block_id": "fd753", "elements": [{"type": "mrkdwn", "text": ":large_yellow_circle: *P3* \u00b7 *Billing* \u00b7 owner <@UQRLHSAMQL4> \u00b7 reply *<!date^1795527000^by {date_short_pretty} at {time}|by 24 Nov 2026 at 13:30 UTC>*", "verbatim": false}]}, {"type": "section", "block_id": "ed2c2", "text": {"type": "mrkdwn", "text": "*Greta Lindqvist* (Halden Outfitters \u00b7 enterprise) in <https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800000800|#customer-support>", "verbatim": false}}, {"type": "rich_text", "block_id": "33646", "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (0)"}]}]}, {"type": "section", "block_id": "67c0e", "text": {"type": "mrkdwn", "text": "*Plan* enterprise, retail \u00b7 *Revenue* 5,200 USD a month \u00b7 *Renewal* 29 Apr 2027 (156 days away) \u00b7 *Account owner* Rafael Torres\n*Billing* nothing open or failed; last invoice 5,233.39 USD, paid\n*Usage* shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)\n*Open deals* Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)\n*Active incident* Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "verbatim": false}}, {"type": "context", "block_id": "5c0d6", "elements": [{"type": "mrkdwn", "text": "From accounts, invoices, usage, deals, incidents", "verbatim": false}]}, {"type": "context", "block_id": "455d7", "elements": [{"type": "mrkdwn", "text": "*Why* Reads like earlier messages under Invoice question (\u201cHi, where do I find the PDF of our October invoice? Our\u2026\u201d); \u201cinvoice\u201d and \u201cpdf\u201d point the same way. Invoice question goes to Billing. _99% sure, says the local model._", "verbatim": false}]}, {"type": "divider", "block_id": "2830e"}, {"type": "section", "block_id": "47648", "text": {"type": "mrkdwn", "text": "*Draft reply*", "verbatim": false}}, {"type": "rich_text", "block_id": "dac7b", "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF."}]}]}, {"type": "context", "block_id": "754fa", "elements": [{"type": "mrkdwn", "text": "Sources: <https://help.example.com/articles/invoices-find-and-download|Find and download your invoices>", "verbatim": false}]}, {"type": "actions", "block_id": "draft", "elements": [{"type": "button", "action_id": "approve_draft", "text": {"type": "plain_text", "text": "Approve & send", "emoji": true}, "value": "2", "style": "primary"}, {"type": "button", "action_id": "edit_draft", "text": {"type": "plain_text", "text": "Edit", "emoji": true}, "value": "2"}, {"type": "button", "action_id": "reject_draft", "text": {"type": "plain_text", "text": "Reject", "emoji": true}, "value": "2", "style": "danger"}]}, {"type": "actions", "block_id": "ticket", "elements": [{"type": "button", "action_id": "claim_ticket", "text": {"type": "plain_text", "text": "Claim", "emoji": true}, "value": "1"}, {"type": "button", "action_id": "reply_ticket", "text": {"type": "plain_text", "text": "Write reply", "emoji": true}, "value": "1"}, {"type": "button", "action_id": "reroute_ticket", "text": {"type": "plain_text", "text": "Reroute", "emoji": true}, "value": "1"}, {"type": "button", "action_id": "resolve_ticket", "text": {"type": "plain_text", "text": "Resolve", "emoji": true}, "value": "1"}]}], "metadata": {"event_type": "signalbox_post", "event_payload": {"key": "card:1:0"}}}, "state": {"values": {}}, "response_url": "http://127.0.0.1:36147/hooks/actions/T0FERNHAUL/1000000001/302e802640eda91e026febe304d953dd", "actions": [{"action_id": "approve_draft", "block_id": "draft", "text": {"type": "plain_text", "text": "Approve & send", "emoji": true}, "value": "2", "style": "primary", "type": "button", "action_ts": "1795510800.002500"}]}', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', '');
INSERT INTO public.request VALUES (2, 'T0FERNHAUL', 'CUF6TDRG7B4', '1795510800.001100', 'U4JJEKNB6TJ', 'My laptop does not start any more', 'My laptop does not start any more', '[]', '2026-11-24 09:00:00+00', NULL, '', NULL);
INSERT INTO public.request VALUES (3, 'T0FERNHAUL', 'CY6DRHM5FMA', '1795510800.000900', 'USB2JMVQNYL', 'hey! where can i find the invoice from september? my accountant wants the pdf (1)', 'hey! where can i find the invoice from september? my accountant wants the pdf (1)', '[]', '2026-11-24 09:00:00+00', 'routed', 'Invoice question goes to Billing.', NULL);
INSERT INTO public.request VALUES (1, 'T0FERNHAUL', 'CY6DRHM5FMA', '1795510800.000800', 'USB2JMVQNYL', 'hey! where can i find the invoice from september? my accountant wants the pdf (0)', 'hey! where can i find the invoice from september? my accountant wants the pdf (0)', '[]', '2026-11-24 09:00:00+00', 'routed', 'Invoice question goes to Billing.', NULL);
INSERT INTO public.request VALUES (4, 'T0FERNHAUL', 'CY6DRHM5FMA', '1795510800.001000', 'USB2JMVQNYL', 'hey! where can i find the invoice from september? my accountant wants the pdf (2)', 'hey! where can i find the invoice from september? my accountant wants the pdf (2)', '[]', '2026-11-24 09:00:00+00', 'routed', 'Invoice question goes to Billing.', NULL);
INSERT INTO public.ticket VALUES (2, 2, 'CUF6TDRG7B4', '1795510800.001100', 'U4JJEKNB6TJ', '', '', '', '', '', 'P3', 'neutral', 'und', 0, '', '', '[]', '', '', '[]', '[]', '', '', '', false, 'new', NULL, NULL, '2026-11-24 09:00:00+00', NULL, NULL, NULL, NULL, false, '1795510800.001100', 0, '', '', '', '');
INSERT INTO public.ticket VALUES (3, 3, 'CY6DRHM5FMA', '1795510800.000900', 'USB2JMVQNYL', 'acc-1001', 'Halden Outfitters', 'enterprise', 'billing-invoice', 'data-export', 'P3', 'neutral', 'en', 0.9989647096437368, 'Where can i find the invoice from september?', 'Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way. Invoice question goes to Billing.', '[{"name": "Plan", "value": "enterprise, retail", "source": "accounts.csv"}, {"name": "Revenue", "value": "5,200 USD a month", "source": "accounts.csv"}, {"name": "Renewal", "value": "29 Apr 2027 (156 days away)", "source": "accounts.csv"}, {"name": "Account owner", "value": "Rafael Torres", "source": "accounts.csv"}, {"name": "Billing", "value": "nothing open or failed; last invoice 5,233.39 USD, paid", "source": "invoices.csv"}, {"name": "Usage", "value": "shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)", "source": "usage.csv"}, {"name": "Open deals", "value": "Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)", "source": "deals.csv"}, {"name": "Active incident", "value": "Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "source": "incidents.csv"}]', 'local', '', '[]', '[1]', '', 'billing', 'marek', false, 'routed', '2026-11-24 13:30:00+00', '2026-11-26 14:30:00+00', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', NULL, NULL, NULL, false, '1795510800.000900', 0, 'https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800000900', 'CQWHUFZILGC', '1795510800.001500', 'https://fernhaul.slack.com/archives/CQWHUFZILGC/p1795510800001500');
INSERT INTO public.ticket VALUES (4, 4, 'CY6DRHM5FMA', '1795510800.001000', 'USB2JMVQNYL', 'acc-1001', 'Halden Outfitters', 'enterprise', 'billing-invoice', 'data-export', 'P3', 'neutral', 'en', 0.9989430408952249, 'Where can i find the invoice from september?', 'Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way. Invoice question goes to Billing.', '[{"name": "Plan", "value": "enterprise, retail", "source": "accounts.csv"}, {"name": "Revenue", "value": "5,200 USD a month", "source": "accounts.csv"}, {"name": "Renewal", "value": "29 Apr 2027 (156 days away)", "source": "accounts.csv"}, {"name": "Account owner", "value": "Rafael Torres", "source": "accounts.csv"}, {"name": "Billing", "value": "nothing open or failed; last invoice 5,233.39 USD, paid", "source": "invoices.csv"}, {"name": "Usage", "value": "shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)", "source": "usage.csv"}, {"name": "Open deals", "value": "Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)", "source": "deals.csv"}, {"name": "Active incident", "value": "Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "source": "incidents.csv"}]', 'local', '', '[]', '[1]', '', 'billing', 'ana', false, 'routed', '2026-11-24 13:30:00+00', '2026-11-26 14:30:00+00', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', NULL, NULL, NULL, false, '1795510800.001000', 0, 'https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800001000', 'CQWHUFZILGC', '1795510800.001700', 'https://fernhaul.slack.com/archives/CQWHUFZILGC/p1795510800001700');
INSERT INTO public.ticket VALUES (1, 1, 'CY6DRHM5FMA', '1795510800.000800', 'USB2JMVQNYL', 'acc-1001', 'Halden Outfitters', 'enterprise', 'billing-invoice', 'data-export', 'P3', 'neutral', 'en', 0.9990158654119501, 'Where can i find the invoice from september?', 'Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way. Invoice question goes to Billing.', '[{"name": "Plan", "value": "enterprise, retail", "source": "accounts.csv"}, {"name": "Revenue", "value": "5,200 USD a month", "source": "accounts.csv"}, {"name": "Renewal", "value": "29 Apr 2027 (156 days away)", "source": "accounts.csv"}, {"name": "Account owner", "value": "Rafael Torres", "source": "accounts.csv"}, {"name": "Billing", "value": "nothing open or failed; last invoice 5,233.39 USD, paid", "source": "invoices.csv"}, {"name": "Usage", "value": "shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)", "source": "usage.csv"}, {"name": "Open deals", "value": "Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)", "source": "deals.csv"}, {"name": "Active incident", "value": "Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "source": "incidents.csv"}]', 'local', '', '[]', '[]', '', 'billing', 'marek', false, 'answered', '2026-11-24 13:30:00+00', '2026-11-26 14:30:00+00', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', '2026-11-24 09:00:00+00', NULL, NULL, true, '1795510800.000800', 0, 'https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800000800', 'CQWHUFZILGC', '1795510800.001600', 'https://fernhaul.slack.com/archives/CQWHUFZILGC/p1795510800001600');
INSERT INTO public.ticket_event VALUES (1, 1, 'opened', 'USB2JMVQNYL', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (2, 2, 'opened', 'U4JJEKNB6TJ', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (3, 3, 'opened', 'USB2JMVQNYL', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (4, 4, 'opened', 'USB2JMVQNYL', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (5, 3, 'routed', 'signalbox', 'Invoice question goes to Billing.', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (6, 1, 'routed', 'signalbox', 'Invoice question goes to Billing.', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (7, 4, 'routed', 'signalbox', 'Invoice question goes to Billing.', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (8, 3, 'card posted', 'signalbox', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (9, 1, 'card posted', 'signalbox', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (10, 4, 'card posted', 'signalbox', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (11, 1, 'draft approved', 'UQRLHSAMQL4', '', '2026-11-24 09:00:00+00');
INSERT INTO public.ticket_event VALUES (12, 1, 'reply sent', 'UQRLHSAMQL4', '', '2026-11-24 09:00:00+00');
SELECT pg_catalog.setval('public.alert_id_seq', 1, false);
SELECT pg_catalog.setval('public.correction_id_seq', 1, false);
SELECT pg_catalog.setval('public.decision_id_seq', 6, true);
SELECT pg_catalog.setval('public.draft_id_seq', 3, true);
SELECT pg_catalog.setval('public.feedback_id_seq', 1, false);
SELECT pg_catalog.setval('public.receipt_id_seq', 5, true);
SELECT pg_catalog.setval('public.request_edit_id_seq', 1, false);
SELECT pg_catalog.setval('public.request_id_seq', 4, true);
SELECT pg_catalog.setval('public.ticket_event_id_seq', 12, true);
SELECT pg_catalog.setval('public.ticket_id_seq', 4, true);
ALTER TABLE ONLY dbos.application_versions
    ADD CONSTRAINT application_versions_pkey PRIMARY KEY (version_id);
ALTER TABLE ONLY dbos.application_versions
    ADD CONSTRAINT application_versions_version_name_key UNIQUE (version_name);
ALTER TABLE ONLY dbos.dbos_migrations
    ADD CONSTRAINT dbos_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY dbos.event_dispatch_kv
    ADD CONSTRAINT event_dispatch_kv_pkey PRIMARY KEY (service_name, workflow_fn_name, key);
ALTER TABLE ONLY dbos.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (message_uuid);
ALTER TABLE ONLY dbos.operation_outputs
    ADD CONSTRAINT operation_outputs_pkey PRIMARY KEY (workflow_uuid, function_id);
ALTER TABLE ONLY dbos.queues
    ADD CONSTRAINT queues_name_key UNIQUE (name);
ALTER TABLE ONLY dbos.queues
    ADD CONSTRAINT queues_pkey PRIMARY KEY (queue_id);
ALTER TABLE ONLY dbos.streams
    ADD CONSTRAINT streams_pkey PRIMARY KEY (workflow_uuid, key, "offset");
ALTER TABLE ONLY dbos.workflow_events_history
    ADD CONSTRAINT workflow_events_history_pkey PRIMARY KEY (workflow_uuid, function_id, key);
ALTER TABLE ONLY dbos.workflow_events
    ADD CONSTRAINT workflow_events_pkey PRIMARY KEY (workflow_uuid, key);
ALTER TABLE ONLY dbos.workflow_input
    ADD CONSTRAINT workflow_input_pkey PRIMARY KEY (workflow_uuid);
ALTER TABLE ONLY dbos.workflow_output
    ADD CONSTRAINT workflow_output_pkey PRIMARY KEY (workflow_uuid);
ALTER TABLE ONLY dbos.workflow_schedules
    ADD CONSTRAINT workflow_schedules_pkey PRIMARY KEY (schedule_id);
ALTER TABLE ONLY dbos.workflow_schedules
    ADD CONSTRAINT workflow_schedules_schedule_name_key UNIQUE (schedule_name);
ALTER TABLE ONLY dbos.workflow_status
    ADD CONSTRAINT workflow_status_pkey PRIMARY KEY (workflow_uuid);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.alert
    ADD CONSTRAINT pk_alert PRIMARY KEY (id);
ALTER TABLE ONLY public.beat
    ADD CONSTRAINT pk_beat PRIMARY KEY (executor);
ALTER TABLE ONLY public.correction
    ADD CONSTRAINT pk_correction PRIMARY KEY (id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT pk_decision PRIMARY KEY (id);
ALTER TABLE ONLY public.done
    ADD CONSTRAINT pk_done PRIMARY KEY (key);
ALTER TABLE ONLY public.draft
    ADD CONSTRAINT pk_draft PRIMARY KEY (id);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT pk_feedback PRIMARY KEY (id);
ALTER TABLE ONLY public.post
    ADD CONSTRAINT pk_post PRIMARY KEY (key);
ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT pk_receipt PRIMARY KEY (id);
ALTER TABLE ONLY public.request
    ADD CONSTRAINT pk_request PRIMARY KEY (id);
ALTER TABLE ONLY public.request_edit
    ADD CONSTRAINT pk_request_edit PRIMARY KEY (id);
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT pk_ticket PRIMARY KEY (id);
ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT pk_ticket_event PRIMARY KEY (id);
ALTER TABLE ONLY public.alert
    ADD CONSTRAINT uq_alert_account_id_signal_window UNIQUE (account_id, signal, "window");
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT uq_feedback_ticket_id_person UNIQUE (ticket_id, person);
ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT uq_receipt_key UNIQUE (key);
ALTER TABLE ONLY public.request
    ADD CONSTRAINT uq_request_channel_ts UNIQUE (channel, ts);
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT uq_ticket_request_id UNIQUE (request_id);
CREATE INDEX idx_application_versions_owner_timestamp ON dbos.application_versions USING btree (application_name, version_timestamp DESC);
CREATE INDEX idx_application_versions_timestamp ON dbos.application_versions USING btree (version_timestamp DESC);
CREATE INDEX idx_operation_outputs_completed_at_function_name_v2 ON dbos.operation_outputs USING btree (completed_at_epoch_ms, function_name) INCLUDE (application_name);
CREATE INDEX idx_operation_outputs_retention ON dbos.operation_outputs USING btree (retention_timestamp);
CREATE INDEX idx_workflow_input_retention ON dbos.workflow_input USING btree (retention_timestamp);
CREATE INDEX idx_workflow_output_retention ON dbos.workflow_output USING btree (retention_timestamp);
CREATE INDEX idx_workflow_status_attributes ON dbos.workflow_status USING gin (attributes) WHERE (attributes IS NOT NULL);
CREATE INDEX idx_workflow_status_completed_at ON dbos.workflow_status USING btree (completed_at) WHERE (completed_at IS NOT NULL);
CREATE INDEX idx_workflow_status_deadline ON dbos.workflow_status USING btree (workflow_deadline_epoch_ms) WHERE ((status = ANY (ARRAY['ENQUEUED'::text, 'PENDING'::text, 'DELAYED'::text])) AND (workflow_deadline_epoch_ms IS NOT NULL));
CREATE INDEX idx_workflow_status_delayed ON dbos.workflow_status USING btree (delay_until_epoch_ms) WHERE (status = 'DELAYED'::text);
CREATE INDEX idx_workflow_status_failed ON dbos.workflow_status USING btree (status, created_at) WHERE (status = ANY (ARRAY['ERROR'::text, 'CANCELLED'::text, 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'::text]));
CREATE INDEX idx_workflow_status_forked_from ON dbos.workflow_status USING btree (forked_from) WHERE (forked_from IS NOT NULL);
CREATE INDEX idx_workflow_status_in_flight_v2 ON dbos.workflow_status USING btree (queue_name, status, priority, created_at) INCLUDE (application_name) WHERE (status = ANY (ARRAY['ENQUEUED'::text, 'PENDING'::text]));
CREATE INDEX idx_workflow_status_parent_workflow_id ON dbos.workflow_status USING btree (parent_workflow_id) WHERE (parent_workflow_id IS NOT NULL);
CREATE INDEX idx_workflow_status_partition_dequeue_v3 ON dbos.workflow_status USING btree (queue_name, status, queue_partition_key, priority, created_at, workflow_uuid) INCLUDE (application_name) WHERE ((status = ANY (ARRAY['ENQUEUED'::text, 'PENDING'::text])) AND (queue_partition_key IS NOT NULL));
CREATE INDEX idx_workflow_status_pending ON dbos.workflow_status USING btree (created_at) WHERE (status = 'PENDING'::text);
CREATE INDEX idx_workflow_status_rate_limited ON dbos.workflow_status USING btree (queue_name, started_at_epoch_ms) WHERE (rate_limited = true);
CREATE INDEX idx_workflow_status_schedule_name ON dbos.workflow_status USING btree (schedule_name) WHERE (schedule_name IS NOT NULL);
CREATE INDEX idx_workflow_status_started_at ON dbos.workflow_status USING btree (started_at_epoch_ms) WHERE (started_at_epoch_ms IS NOT NULL);
CREATE INDEX idx_workflow_topic ON dbos.notifications USING btree (destination_uuid, topic);
CREATE UNIQUE INDEX uq_application_versions_owner_version ON dbos.application_versions USING btree (application_name, version_name) WHERE (application_name IS NOT NULL);
CREATE UNIQUE INDEX uq_application_versions_unclaimed_version ON dbos.application_versions USING btree (version_name) WHERE (application_name IS NULL);
CREATE UNIQUE INDEX uq_workflow_status_dedup_id ON dbos.workflow_status USING btree (queue_name, deduplication_id) WHERE (deduplication_id IS NOT NULL);
CREATE INDEX workflow_status_created_at_index ON dbos.workflow_status USING btree (created_at);
CREATE INDEX ix_alert_at ON public.alert USING btree (at);
CREATE INDEX ix_correction_at ON public.correction USING btree (at);
CREATE INDEX ix_correction_ticket_id ON public.correction USING btree (ticket_id);
CREATE INDEX ix_decision_at ON public.decision USING btree (at);
CREATE INDEX ix_decision_kind ON public.decision USING btree (kind);
CREATE INDEX ix_decision_request_id ON public.decision USING btree (request_id);
CREATE INDEX ix_decision_ticket_id ON public.decision USING btree (ticket_id);
CREATE INDEX ix_done_at ON public.done USING btree (at);
CREATE INDEX ix_draft_status ON public.draft USING btree (status);
CREATE INDEX ix_draft_ticket_id ON public.draft USING btree (ticket_id);
CREATE INDEX ix_feedback_at ON public.feedback USING btree (at);
CREATE INDEX ix_post_at ON public.post USING btree (at);
CREATE INDEX ix_receipt_received_at ON public.receipt USING btree (received_at);
CREATE INDEX ix_receipt_thread_done_at ON public.receipt USING btree (thread, done_at);
CREATE INDEX ix_request_edit_request_id ON public.request_edit USING btree (request_id);
CREATE INDEX ix_request_posted_at ON public.request USING btree (posted_at);
CREATE INDEX ix_ticket_channel ON public.ticket USING btree (channel);
CREATE INDEX ix_ticket_event_at ON public.ticket_event USING btree (at);
CREATE INDEX ix_ticket_event_ticket_id ON public.ticket_event USING btree (ticket_id);
CREATE INDEX ix_ticket_opened_at ON public.ticket USING btree (opened_at);
CREATE INDEX ix_ticket_owner ON public.ticket USING btree (owner);
CREATE INDEX ix_ticket_queue ON public.ticket USING btree (queue);
CREATE INDEX ix_ticket_status_respond_by ON public.ticket USING btree (status, respond_by);
CREATE TRIGGER dbos_notifications_trigger AFTER INSERT ON dbos.notifications FOR EACH ROW EXECUTE FUNCTION dbos.notifications_function();
ALTER TABLE ONLY dbos.notifications
    ADD CONSTRAINT notifications_destination_uuid_fkey FOREIGN KEY (destination_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY dbos.streams
    ADD CONSTRAINT streams_workflow_uuid_fkey FOREIGN KEY (workflow_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY dbos.workflow_events_history
    ADD CONSTRAINT workflow_events_history_workflow_uuid_fkey FOREIGN KEY (workflow_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY dbos.workflow_events
    ADD CONSTRAINT workflow_events_workflow_uuid_fkey FOREIGN KEY (workflow_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.correction
    ADD CONSTRAINT fk_correction_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.ticket(id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_request_id FOREIGN KEY (request_id) REFERENCES public.request(id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.ticket(id);
ALTER TABLE ONLY public.draft
    ADD CONSTRAINT fk_draft_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.ticket(id);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT fk_feedback_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.ticket(id);
ALTER TABLE ONLY public.request_edit
    ADD CONSTRAINT fk_request_edit_request_id FOREIGN KEY (request_id) REFERENCES public.request(id);
ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT fk_ticket_event_ticket_id FOREIGN KEY (ticket_id) REFERENCES public.ticket(id);
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT fk_ticket_request_id FOREIGN KEY (request_id) REFERENCES public.request(id);

-- The schema, its triggers and its functions, printed from the catalogue of a migrated database by `npm run db:snapshot`.
-- Do not edit it: README.md says which files to change.

CREATE TABLE access_tokens (
  hash bytea NOT NULL,
  model text NOT NULL,
  user_id uuid,
  client_id text NOT NULL,
  authorization_id text,
  scopes text[] NOT NULL,
  jkt text,
  resource text,
  payload jsonb NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT access_tokens_pkey PRIMARY KEY (hash),
  CONSTRAINT access_tokens_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES authorizations(id) ON DELETE CASCADE,
  CONSTRAINT access_tokens_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  CONSTRAINT access_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT access_tokens_model_check CHECK (model = ANY (ARRAY['AccessToken'::text, 'ClientCredentials'::text]))
);
CREATE INDEX access_tokens_authorization ON access_tokens USING btree (authorization_id) WHERE authorization_id IS NOT NULL;
CREATE INDEX access_tokens_client ON access_tokens USING btree (client_id);
CREATE INDEX access_tokens_expiry ON access_tokens USING btree (expires_at);
CREATE INDEX access_tokens_user ON access_tokens USING btree (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE artifacts (
  model text NOT NULL,
  id text NOT NULL,
  user_id uuid,
  authorization_id text,
  uid text,
  user_code text,
  payload jsonb NOT NULL,
  consumed_at timestamp with time zone,
  successors integer DEFAULT 0 NOT NULL,
  polled_at timestamp with time zone,
  poll_interval integer,
  expires_at timestamp with time zone,
  CONSTRAINT artifacts_pkey PRIMARY KEY (model, id),
  CONSTRAINT artifacts_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES authorizations(id) ON DELETE CASCADE,
  CONSTRAINT artifacts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
) WITH (fillfactor=80);
CREATE INDEX artifacts_authorization ON artifacts USING btree (authorization_id) WHERE authorization_id IS NOT NULL;
CREATE INDEX artifacts_expiry ON artifacts USING btree (expires_at);
CREATE INDEX artifacts_uid ON artifacts USING btree (model, uid) WHERE uid IS NOT NULL;
CREATE INDEX artifacts_user ON artifacts USING btree (user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX artifacts_user_code ON artifacts USING btree (user_code) WHERE user_code IS NOT NULL;
CREATE TRIGGER session_ended AFTER DELETE ON artifacts FOR EACH ROW WHEN (old.model = 'Session'::text AND old.user_id IS NOT NULL AND old.expires_at > now()) EXECUTE FUNCTION session_ended();

CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  actor text NOT NULL,
  actor_user_id uuid,
  actor_client_id text,
  ip_address text,
  action text NOT NULL,
  user_id uuid,
  client_id text,
  subject text,
  details jsonb DEFAULT '{}'::jsonb NOT NULL,
  CONSTRAINT audit_log_pkey PRIMARY KEY (id),
  CONSTRAINT audit_log_actor_check CHECK (actor = ANY (ARRAY['user'::text, 'administrator'::text, 'application'::text, 'commandLine'::text, 'server'::text, 'unknown'::text]))
);
CREATE INDEX audit_log_action ON audit_log USING btree (action, at DESC, id DESC);
CREATE INDEX audit_log_actor ON audit_log USING btree (actor_user_id, at DESC, id DESC) WHERE actor_user_id IS NOT NULL;
CREATE INDEX audit_log_client ON audit_log USING btree (client_id, at DESC, id DESC) WHERE client_id IS NOT NULL;
CREATE INDEX audit_log_newest ON audit_log USING btree (at DESC, id DESC);
CREATE INDEX audit_log_user ON audit_log USING btree (user_id, at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TABLE authorizations (
  id text NOT NULL,
  user_id uuid NOT NULL,
  client_id text NOT NULL,
  payload jsonb NOT NULL,
  second_factor boolean DEFAULT false NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT authorizations_pkey PRIMARY KEY (id),
  CONSTRAINT authorizations_user_id_client_id_fkey FOREIGN KEY (user_id, client_id) REFERENCES grants(user_id, client_id) ON DELETE CASCADE
);
CREATE INDEX authorizations_expiry ON authorizations USING btree (expires_at);
CREATE INDEX authorizations_grant ON authorizations USING btree (user_id, client_id);

CREATE TABLE brand (
  only_row boolean DEFAULT true NOT NULL,
  name text,
  accent text,
  accent_dark text,
  support jsonb,
  legal jsonb DEFAULT '[]'::jsonb NOT NULL,
  logo bytea,
  logo_dark bytea,
  favicon bytea,
  version integer DEFAULT 0 NOT NULL,
  CONSTRAINT brand_pkey PRIMARY KEY (only_row),
  CONSTRAINT brand_only_row_check CHECK (only_row)
);

CREATE TABLE call_events (
  user_id uuid NOT NULL,
  seq bigint NOT NULL,
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  call_id text NOT NULL,
  state text NOT NULL,
  reason text,
  ended_by text,
  at timestamp with time zone NOT NULL,
  CONSTRAINT call_events_pkey PRIMARY KEY (user_id, seq),
  CONSTRAINT call_events_id_key UNIQUE (id),
  CONSTRAINT call_events_call_id_fkey FOREIGN KEY (call_id) REFERENCES calls(id) ON DELETE CASCADE,
  CONSTRAINT call_events_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX call_events_call ON call_events USING btree (call_id, seq);

CREATE TABLE call_outcomes (
  reason text NOT NULL,
  outcome text NOT NULL,
  CONSTRAINT call_outcomes_pkey PRIMARY KEY (reason)
);

CREATE TABLE calls (
  id text NOT NULL,
  user_id uuid NOT NULL,
  client_id text NOT NULL,
  caller text,
  callee text NOT NULL,
  state text NOT NULL,
  reason text,
  ended_by text,
  cause_leg text,
  sip_status integer,
  q850_cause integer,
  cause_text text,
  carrier text NOT NULL,
  node_id uuid,
  costs boolean DEFAULT false NOT NULL,
  ring_timeout integer NOT NULL,
  time_limit integer NOT NULL,
  deadline_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL,
  caller_answered_at timestamp with time zone,
  connected_at timestamp with time zone,
  ended_at timestamp with time zone,
  client_reference text,
  metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
  recording_enabled boolean DEFAULT false NOT NULL,
  recording_failed_at timestamp with time zone,
  recording_result text,
  sink text,
  sink_token bytea,
  sink_token_expires_at timestamp with time zone,
  sink_correlator text,
  stripped_at timestamp with time zone,
  uncarried_since timestamp with time zone,
  CONSTRAINT calls_pkey PRIMARY KEY (id),
  CONSTRAINT calls_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id),
  CONSTRAINT calls_consistent CHECK (is_consistent_call(state, reason, ended_by, cause_leg, recording_result, sink, sink_correlator, connected_at, ended_at))
);
CREATE INDEX calls_callee ON calls USING btree (callee, created_at DESC) WHERE ended_at IS NOT NULL AND callee <> ''::text;
CREATE INDEX calls_caller ON calls USING btree (caller, created_at DESC) WHERE ended_at IS NOT NULL AND caller IS NOT NULL;
CREATE INDEX calls_client_newest ON calls USING btree (client_id, created_at DESC, id DESC);
CREATE INDEX calls_deadline ON calls USING btree (deadline_at) WHERE ended_at IS NULL AND id <> ''::text;
CREATE INDEX calls_ended ON calls USING btree (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX calls_newest ON calls USING btree (created_at DESC, id DESC) WHERE id <> ''::text;
CREATE INDEX calls_node ON calls USING btree (node_id) WHERE ended_at IS NULL AND node_id IS NOT NULL;
CREATE INDEX calls_ongoing ON calls USING btree (user_id) WHERE ended_at IS NULL;
CREATE INDEX calls_outcome ON calls USING btree (reason, state, created_at DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX calls_q850_cause ON calls USING btree (q850_cause, created_at DESC) WHERE q850_cause IS NOT NULL;
CREATE INDEX calls_reference ON calls USING btree (client_reference, created_at DESC) WHERE ended_at IS NOT NULL AND client_reference IS NOT NULL;
CREATE INDEX calls_sip_status ON calls USING btree (sip_status, created_at DESC) WHERE sip_status IS NOT NULL;
CREATE INDEX calls_talked ON calls USING btree (user_id, ended_at) INCLUDE (connected_at) WHERE costs AND connected_at IS NOT NULL AND ended_at IS NOT NULL;
CREATE INDEX calls_user_newest ON calls USING btree (user_id, created_at DESC, id DESC);
CREATE TRIGGER recording_of_removed_call AFTER DELETE ON calls FOR EACH ROW WHEN (old.carrier = 'ari'::text AND old.recording_enabled AND old.connected_at IS NOT NULL) EXECUTE FUNCTION recording_outlived_call();
CREATE TRIGGER recording_of_stripped_call AFTER UPDATE OF stripped_at ON calls FOR EACH ROW WHEN (new.stripped_at IS NOT NULL AND old.carrier = 'ari'::text AND old.recording_enabled AND old.connected_at IS NOT NULL) EXECUTE FUNCTION recording_outlived_call();

CREATE TABLE carried_legs (
  call_id text NOT NULL,
  leg text NOT NULL,
  carrier text NOT NULL,
  node_id uuid NOT NULL,
  attempt text NOT NULL,
  session_interval integer,
  saved jsonb NOT NULL,
  CONSTRAINT carried_legs_pkey PRIMARY KEY (call_id, attempt),
  CONSTRAINT carried_legs_call_id_fkey FOREIGN KEY (call_id) REFERENCES calls(id) ON DELETE CASCADE,
  CONSTRAINT carried_legs_leg_check CHECK (leg = ANY (ARRAY['caller'::text, 'callee'::text]))
);
CREATE INDEX carried_legs_node ON carried_legs USING btree (node_id);
CREATE INDEX carried_legs_sip_call ON carried_legs USING btree ((saved ->> 'callId'::text));

CREATE TABLE client_logos (
  client_id text NOT NULL,
  content bytea NOT NULL,
  CONSTRAINT client_logos_pkey PRIMARY KEY (client_id),
  CONSTRAINT client_logos_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE
);

CREATE TABLE clients (
  id text NOT NULL,
  name text NOT NULL,
  classic boolean DEFAULT false NOT NULL,
  secret_hash text,
  origins text[] DEFAULT '{}'::text[] NOT NULL,
  metadata jsonb NOT NULL,
  assertion_audience text DEFAULT 'issuer'::text NOT NULL,
  pkce_required boolean DEFAULT true NOT NULL,
  registered_by text DEFAULT 'administrator'::text NOT NULL,
  demo boolean DEFAULT false NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  removed_at timestamp with time zone,
  CONSTRAINT clients_pkey PRIMARY KEY (id),
  CONSTRAINT clients_assertion_audience_check CHECK (assertion_audience = ANY (ARRAY['issuer'::text, 'tokenEndpoint'::text])),
  CONSTRAINT clients_registered_by_check CHECK (registered_by = ANY (ARRAY['administrator'::text, 'commandLine'::text, 'itself'::text, 'document'::text, 'demo'::text]))
);
CREATE INDEX clients_newest ON clients USING btree (created_at DESC, id DESC);
CREATE INDEX clients_origins ON clients USING gin (origins);
CREATE TRIGGER remove_webhooks AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION remove_webhooks_of_client();

CREATE TABLE connect_time_days (
  day date NOT NULL,
  tenths integer NOT NULL,
  calls bigint NOT NULL,
  CONSTRAINT connect_time_days_pkey PRIMARY KEY (day, tenths),
  CONSTRAINT connect_time_days_day_fkey FOREIGN KEY (day) REFERENCES counted_days(day)
);

CREATE TABLE console_sessions (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  hash bytea NOT NULL,
  former_hash bytea,
  former_until timestamp with time zone,
  user_id uuid NOT NULL,
  second_factor_owed boolean NOT NULL,
  signed_in_at timestamp with time zone DEFAULT now() NOT NULL,
  confirmed_at timestamp with time zone DEFAULT now() NOT NULL,
  seen_at timestamp with time zone DEFAULT now() NOT NULL,
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  challenge text,
  challenged_at timestamp with time zone,
  sealed_new_secret bytea,
  CONSTRAINT console_sessions_pkey PRIMARY KEY (id),
  CONSTRAINT console_sessions_former_hash_key UNIQUE (former_hash),
  CONSTRAINT console_sessions_hash_key UNIQUE (hash),
  CONSTRAINT console_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX console_sessions_user ON console_sessions USING btree (user_id);

CREATE TABLE counted_days (
  day date NOT NULL,
  CONSTRAINT counted_days_pkey PRIMARY KEY (day)
);

CREATE TABLE deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY,
  event_id uuid,
  test_id uuid,
  call_id text,
  client_id text NOT NULL,
  webhook_id uuid,
  destination text NOT NULL,
  state text DEFAULT 'due'::text NOT NULL,
  attempt_at timestamp with time zone DEFAULT now(),
  failures integer DEFAULT 0 NOT NULL,
  tried_since timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  ended_at timestamp with time zone,
  CONSTRAINT deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES call_events(id) ON DELETE CASCADE,
  CONSTRAINT deliveries_attempt_at CHECK ((state = ANY (ARRAY['due'::text, 'attempting'::text, 'retrying'::text, 'paused'::text])) = (attempt_at IS NOT NULL)),
  CONSTRAINT deliveries_ended_state CHECK ((state = ANY (ARRAY['delivered'::text, 'parked'::text, 'stopped'::text])) = (ended_at IS NOT NULL)),
  CONSTRAINT deliveries_state_check CHECK (state = ANY (ARRAY['behind'::text, 'due'::text, 'attempting'::text, 'retrying'::text, 'paused'::text, 'delivered'::text, 'parked'::text, 'stopped'::text])),
  CONSTRAINT deliveries_test CHECK ((event_id IS NULL) = (test_id IS NOT NULL) AND (event_id IS NULL) = (call_id IS NULL))
);
CREATE UNIQUE INDEX deliveries_attempting ON deliveries USING btree (client_id, destination, call_id) WHERE state = 'attempting'::text;
CREATE INDEX deliveries_call ON deliveries USING btree (call_id, id DESC);
CREATE INDEX deliveries_client ON deliveries USING btree (client_id, id DESC);
CREATE INDEX deliveries_deferred ON deliveries USING btree (client_id, state, destination) WHERE state = ANY (ARRAY['retrying'::text, 'paused'::text]);
CREATE INDEX deliveries_due ON deliveries USING btree (client_id, destination, attempt_at) WHERE state = 'due'::text;
CREATE INDEX deliveries_ended ON deliveries USING btree (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_event ON deliveries USING btree (event_id);
CREATE INDEX deliveries_parking ON deliveries USING btree (attempt_at) WHERE state = 'paused'::text;
CREATE INDEX deliveries_waiting ON deliveries USING btree (attempt_at) WHERE state = ANY (ARRAY['attempting'::text, 'retrying'::text]);
CREATE INDEX deliveries_webhook ON deliveries USING btree (webhook_id, id DESC);

CREATE TABLE delivery_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY,
  delivery_id bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  milliseconds integer NOT NULL,
  status integer,
  problem text,
  CONSTRAINT delivery_attempts_pkey PRIMARY KEY (id),
  CONSTRAINT delivery_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES deliveries(id) ON DELETE CASCADE
);
CREATE INDEX delivery_attempts_delivery ON delivery_attempts USING btree (delivery_id, id);

CREATE TABLE delivery_circuits (
  client_id text NOT NULL,
  host text NOT NULL,
  timeouts integer NOT NULL,
  last_timeout_at timestamp with time zone NOT NULL,
  opened_at timestamp with time zone,
  pause interval,
  paused_until timestamp with time zone,
  probe_id bigint,
  resume_at timestamp with time zone,
  CONSTRAINT delivery_circuits_pkey PRIMARY KEY (client_id, host),
  CONSTRAINT delivery_circuits_open CHECK ((opened_at IS NULL) = (pause IS NULL) AND (opened_at IS NULL) = (paused_until IS NULL))
);
CREATE INDEX delivery_circuits_last_timeout ON delivery_circuits USING btree (last_timeout_at);
CREATE INDEX delivery_circuits_resume ON delivery_circuits USING btree (resume_at);

CREATE TABLE ending_days (
  day date NOT NULL,
  answered boolean NOT NULL,
  reason text NOT NULL,
  calls bigint NOT NULL,
  CONSTRAINT ending_days_pkey PRIMARY KEY (day, answered, reason),
  CONSTRAINT ending_days_day_fkey FOREIGN KEY (day) REFERENCES counted_days(day)
);

CREATE TABLE grants (
  user_id uuid NOT NULL,
  client_id text NOT NULL,
  scopes text[] NOT NULL,
  granted_at timestamp with time zone DEFAULT now() NOT NULL,
  last_used_at timestamp with time zone,
  CONSTRAINT grants_pkey PRIMARY KEY (user_id, client_id),
  CONSTRAINT grants_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  CONSTRAINT grants_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX grants_client ON grants USING btree (client_id);
CREATE TRIGGER grant_withdrawn AFTER DELETE ON grants FOR EACH ROW EXECUTE FUNCTION grant_withdrawn();
CREATE TRIGGER lock_user_of_grant BEFORE DELETE ON grants FOR EACH ROW EXECUTE FUNCTION lock_user_of_grant();

CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL,
  client_id text NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  call jsonb NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, client_id, key),
  CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys USING btree (expires_at);

CREATE TABLE initial_access_tokens (
  hash text NOT NULL,
  registrations_left integer NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT initial_access_tokens_pkey PRIMARY KEY (hash),
  CONSTRAINT initial_access_tokens_registrations_left_check CHECK (registrations_left >= 0)
);
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens USING btree (expires_at);

CREATE TABLE installed_sql (
  part text NOT NULL,
  schema_version integer NOT NULL,
  digest text NOT NULL,
  CONSTRAINT installed_sql_pkey PRIMARY KEY (part),
  CONSTRAINT installed_sql_part_check CHECK (part = ANY (ARRAY['functions'::text, 'triggers'::text]))
);

CREATE TABLE key_sets (
  id bigint GENERATED ALWAYS AS IDENTITY,
  signing_keys jsonb NOT NULL,
  cookie_key text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT key_sets_pkey PRIMARY KEY (id)
);

CREATE TABLE logout_notices (
  id bigint GENERATED ALWAYS AS IDENTITY,
  client_id text NOT NULL,
  user_id uuid NOT NULL,
  sid text NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  attempt_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT logout_notices_pkey PRIMARY KEY (id),
  CONSTRAINT logout_notices_client_id_sid_key UNIQUE (client_id, sid)
);
CREATE INDEX logout_notices_due ON logout_notices USING btree (client_id, attempt_at);

CREATE TABLE nodes (
  id uuid NOT NULL,
  seen_at timestamp with time zone DEFAULT now() NOT NULL,
  since timestamp with time zone DEFAULT now() NOT NULL,
  carriers text[] DEFAULT '{}'::text[] NOT NULL,
  bound_address text,
  CONSTRAINT nodes_pkey PRIMARY KEY (id)
);

CREATE TABLE password_failures (
  name_hash bytea NOT NULL,
  failures integer NOT NULL,
  failed_at timestamp with time zone NOT NULL,
  CONSTRAINT password_failures_pkey PRIMARY KEY (name_hash)
);
CREATE INDEX password_failures_expiry ON password_failures USING btree (failed_at);

CREATE TABLE recordings_to_remove (
  call_id text NOT NULL,
  carrier text NOT NULL,
  CONSTRAINT recordings_to_remove_pkey PRIMARY KEY (call_id)
);

CREATE TABLE retention_runs (
  ended_before timestamp with time zone NOT NULL,
  action text NOT NULL,
  calls bigint NOT NULL,
  started_at timestamp with time zone DEFAULT now() NOT NULL,
  finished_at timestamp with time zone,
  CONSTRAINT retention_runs_pkey PRIMARY KEY (action, ended_before),
  CONSTRAINT retention_runs_action_check CHECK (action = ANY (ARRAY['remove'::text, 'strip'::text]))
);

CREATE TABLE schema_migrations (
  version bigint NOT NULL,
  name text,
  md5 text,
  run_at timestamp with time zone,
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);

CREATE TABLE second_factors (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  sealed_secret bytea,
  last_step bigint,
  credential_id text,
  public_key bytea,
  counter bigint,
  transports text[],
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  last_used_at timestamp with time zone,
  CONSTRAINT second_factors_pkey PRIMARY KEY (id),
  CONSTRAINT second_factors_credential_id_key UNIQUE (credential_id),
  CONSTRAINT second_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT second_factors_columns_of_kind CHECK (
CASE kind
    WHEN 'totp'::text THEN num_nulls(sealed_secret, last_step) = 0
    ELSE num_nulls(credential_id, public_key, counter, transports) = 0
END),
  CONSTRAINT second_factors_kind_check CHECK (kind = ANY (ARRAY['totp'::text, 'passkey'::text]))
);
CREATE INDEX second_factors_user ON second_factors USING btree (user_id);

CREATE TABLE sign_in_attempts (
  key character varying(255) NOT NULL,
  points integer DEFAULT 0 NOT NULL,
  expire bigint,
  CONSTRAINT sign_in_attempts_pkey PRIMARY KEY (key)
);

CREATE TABLE sip_flows (
  target text NOT NULL,
  user_id uuid,
  flow text NOT NULL,
  learned_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT sip_flows_pkey PRIMARY KEY (target),
  CONSTRAINT sip_flows_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT sip_flows_flow_check CHECK (flow = ANY (ARRAY['delayed-offer'::text, 'early-offer'::text]))
);
CREATE INDEX sip_flows_expiry ON sip_flows USING btree (expires_at);
CREATE INDEX sip_flows_user ON sip_flows USING btree (user_id);

CREATE TABLE used_proofs (
  hash bytea NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT used_proofs_pkey PRIMARY KEY (hash)
);
CREATE INDEX used_proofs_expiry ON used_proofs USING btree (expires_at);

CREATE TABLE user_numbers (
  user_id uuid NOT NULL,
  number text NOT NULL,
  is_default boolean DEFAULT false NOT NULL,
  CONSTRAINT user_numbers_pkey PRIMARY KEY (user_id, number),
  CONSTRAINT user_numbers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX user_numbers_default ON user_numbers USING btree (user_id) WHERE is_default;

CREATE TABLE users (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  name text NOT NULL,
  name_key text GENERATED ALWAYS AS (lower(NORMALIZE(name, NFKC))) NOT NULL,
  password_hash text NOT NULL,
  password_change_required boolean DEFAULT false NOT NULL,
  administrator boolean DEFAULT false NOT NULL,
  max_ongoing_calls integer NOT NULL,
  sip_address text,
  last_event_seq bigint DEFAULT 0 NOT NULL,
  demo boolean DEFAULT false NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  disabled_at timestamp with time zone,
  erased_at timestamp with time zone,
  erasure_finished_at timestamp with time zone,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_max_ongoing_calls_check CHECK (max_ongoing_calls >= 0 AND max_ongoing_calls <= 10000)
) WITH (fillfactor=80);
CREATE INDEX users_erasure ON users USING btree (erased_at) WHERE erased_at IS NOT NULL AND erasure_finished_at IS NULL;
CREATE UNIQUE INDEX users_name ON users USING btree (name_key);
CREATE TRIGGER administrator_removed AFTER UPDATE OF administrator ON users FOR EACH ROW WHEN (old.administrator AND NOT new.administrator) EXECUTE FUNCTION administrator_removed();
CREATE TRIGGER user_disabled AFTER UPDATE OF disabled_at ON users FOR EACH ROW WHEN (old.disabled_at IS NULL AND new.disabled_at IS NOT NULL) EXECUTE FUNCTION user_disabled();

CREATE TABLE webhooks (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  client_id text NOT NULL,
  url text NOT NULL,
  events text[],
  secret bytea NOT NULL,
  old_secret bytea,
  old_secret_until timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  tested_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
  disabled_at timestamp with time zone,
  disabled_reason text,
  removed_at timestamp with time zone,
  CONSTRAINT webhooks_pkey PRIMARY KEY (id),
  CONSTRAINT webhooks_disabled CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
  CONSTRAINT webhooks_disabled_reason_check CHECK (disabled_reason = ANY (ARRAY['receiverGone'::text, 'requested'::text]))
);
CREATE INDEX webhooks_client ON webhooks USING btree (client_id) WHERE removed_at IS NULL;
CREATE INDEX webhooks_removed ON webhooks USING btree (removed_at) WHERE removed_at IS NOT NULL;

CREATE TYPE lane AS (call_id text, destination text COLLATE "C");

CREATE OR REPLACE FUNCTION public.administrator_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  DELETE FROM console_sessions WHERE user_id = NEW.id;
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.adopt_calls(p_node_id uuid, p_dead_after interval, p_carriers text[], p_lock bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NOT pg_try_advisory_xact_lock(p_lock) THEN
    RETURN;
  END IF;
  DELETE FROM nodes
   WHERE seen_at < now() - p_dead_after
     AND EXISTS (SELECT FROM nodes judge
                  WHERE judge.id = p_node_id AND judge.since < now() - p_dead_after AND judge.seen_at >= now() - p_dead_after);
  UPDATE calls
     SET node_id = p_node_id,
         uncarried_since = NULL,
         deadline_at = CASE WHEN uncarried_since IS NULL THEN deadline_at
                            ELSE connected_at + time_limit * interval '1 second' END
   WHERE id IN (SELECT c.id FROM calls c
                 WHERE c.ended_at IS NULL AND c.node_id IS NOT NULL AND c.carrier = ANY (p_carriers)
                   AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = c.node_id)
                   FOR UPDATE SKIP LOCKED);
  UPDATE calls
     SET uncarried_since = now(),
         deadline_at = least(deadline_at, now() + session_end(id))
   WHERE id IN (SELECT c.id FROM calls c
                 WHERE c.state = 'connected' AND c.node_id IS NOT NULL AND c.uncarried_since IS NULL
                   AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = c.node_id OR c.carrier = ANY (n.carriers))
                   FOR UPDATE SKIP LOCKED);
END
$function$;

CREATE OR REPLACE FUNCTION public.announce_calls(p_calls calls[])
 RETURNS void
 LANGUAGE sql
AS $function$
  SELECT pg_notify('call_changes', jsonb_build_object('changes', jsonb_agg(jsonb_build_object(
           'callId', c.id, 'userId', c.user_id, 'state', c.state, 'carrier', c.carrier, 'nodeId', c.node_id)))::text)
    FROM unnest(p_calls) WITH ORDINALITY AS c
   GROUP BY (c.ordinality - 1) / 30
$function$;

CREATE OR REPLACE FUNCTION public.append_call_events(p_calls calls[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  appended call_events[];
BEGIN
  WITH changed AS MATERIALIZED (
    SELECT c.id, c.user_id, c.state, c.reason, c.ended_by, c.created_at, c.connected_at, c.ended_at,
           row_number() OVER (PARTITION BY c.user_id ORDER BY c.ordinality) AS turn
      FROM unnest(p_calls) WITH ORDINALITY AS c
  ), numbered AS (
    UPDATE users u SET last_event_seq = u.last_event_seq + n.events
      FROM (SELECT user_id, count(*) AS events FROM changed GROUP BY user_id) AS n
     WHERE u.id = n.user_id
    RETURNING u.id, u.last_event_seq - n.events AS last_seq
  ), events AS (
    INSERT INTO call_events (user_id, seq, call_id, state, reason, ended_by, at)
    SELECT c.user_id, n.last_seq + c.turn, c.id, c.state, c.reason, c.ended_by,
           coalesce(c.ended_at,
                    CASE c.state WHEN 'initiating' THEN c.created_at WHEN 'connected' THEN c.connected_at END,
                    clock_timestamp())
      FROM changed c JOIN numbered n ON n.id = c.user_id
    RETURNING call_events AS event
  ) SELECT array_agg(event ORDER BY (event).user_id, (event).seq) INTO appended FROM events;
  PERFORM queue_deliveries(appended);
END
$function$;

CREATE OR REPLACE FUNCTION public.beyond_host(p_host text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT p_host || '!'
$function$;

CREATE OR REPLACE FUNCTION public.call_outcome(p_answered boolean, p_reason text)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT CASE WHEN p_answered THEN 'answered'
              ELSE coalesce((SELECT o.outcome FROM call_outcomes o WHERE o.reason = p_reason), 'other') END
$function$;

CREATE OR REPLACE FUNCTION public.claim_deliveries(p_lock bigint, p_places integer, p_per_receiver integer, p_lost_after interval, p_park_after interval, p_running_clients text[], p_running_hosts text[], p_turn_clients text[], p_turn_destinations text[], p_round_start text, p_after text, OUT claimed jsonb, OUT continue_after text)
 RETURNS record
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  some_due boolean;
  some_waited boolean;
  some_resume boolean;
  some_circuit boolean;
  -- Of the attempts of this node, and of what is claimed here.
  clients text[] := p_running_clients;
  hosts text[] := p_running_hosts;
  ids bigint[] := '{}';
  -- Clients with due deliveries, in turn, and the destination of each that was claimed last.
  candidates text[] := '{}';
  turns text[] := '{}';
  lowest text;
  highest text;
  wrapped boolean := p_after COLLATE "C" < p_round_start;
  all_seen boolean := false;
  attempts integer := 0;
  place integer := 0;
  client text := p_after;
  looks integer := 500; -- how many clients may still be passed over
  walk record;
  reached text;
  over boolean; -- the round
  own integer;
  room integer;
  pick record;
  full_host text := full_host(p_running_hosts, p_places); -- there is only one while there are places
BEGIN
  claimed := '[]';
  SELECT EXISTS (SELECT FROM deliveries WHERE state = 'due'),
         EXISTS (SELECT FROM deliveries WHERE state IN ('attempting', 'retrying') AND attempt_at <= now())
           OR EXISTS (SELECT FROM deliveries WHERE state = 'paused' AND attempt_at <= now()),
         EXISTS (SELECT FROM delivery_circuits)
    INTO some_due, some_waited, some_circuit;
  some_resume := some_circuit
    AND EXISTS (SELECT FROM delivery_circuits WHERE resume_at <= now());
  IF NOT (some_due OR some_waited OR some_resume) THEN
    RETURN;
  END IF;
  -- One node at a time: each statement below then sees the attempts that other nodes have claimed.
  PERFORM pg_advisory_xact_lock(p_lock);
  IF some_waited THEN
    PERFORM wake_deliveries();
  END IF;
  IF some_resume THEN
    PERFORM resume_deliveries(p_lost_after);
  END IF;
  SELECT min(d.client_id), max(d.client_id) INTO lowest, highest FROM deliveries d WHERE d.state = 'due';
  IF lowest = highest THEN
    candidates := ARRAY[lowest];
    turns := ARRAY[coalesce(p_turn_destinations[array_position(p_turn_clients, lowest)], '')];
    all_seen := true;
    place := 1;
    attempts := -1;
  END IF;

  WHILE cardinality(clients) < p_places AND lowest IS NOT NULL LOOP
    -- The next client: first those without an attempt, then those with one, with two, and so on.
    IF NOT all_seen THEN
      walk := find_due_client(client, full_host, looks);
      looks := looks - walk.looks;
      reached := coalesce(walk.next_client, walk.passed);
      IF reached IS NULL AND NOT wrapped THEN
        wrapped := true;
        client := '';
        CONTINUE;
      END IF;
      over := reached IS NULL
        OR wrapped AND (reached COLLATE "C" > p_round_start OR walk.next_client IS NULL AND reached = p_round_start);
      IF over OR walk.next_client IS NULL OR cardinality(candidates) = 100 THEN
        continue_after := CASE WHEN NOT over THEN coalesce(walk.passed, client) END;
        all_seen := true;
        place := cardinality(candidates);
        CONTINUE;
      END IF;
      client := walk.next_client;
      candidates := candidates || client;
      turns := turns || coalesce(p_turn_destinations[array_position(p_turn_clients, client)], '');
      place := cardinality(candidates);
    ELSE
      EXIT WHEN candidates = '{}';
      place := place % cardinality(candidates) + 1;
      IF place = 1 THEN
        SELECT min(n) INTO attempts
          FROM unnest(candidates) AS c, LATERAL (SELECT cardinality(array_positions(clients, c)) AS n) AS of_client
         WHERE n > attempts;
        EXIT WHEN attempts IS NULL OR attempts >= p_places / 2;
      END IF;
      client := candidates[place];
    END IF;
    own := cardinality(array_positions(clients, client));
    CONTINUE WHEN own <> attempts;

    -- A lone client gets its share at once.
    room := least(CASE WHEN lowest = highest THEN p_places / 2 - own ELSE 1 END,
                  greatest(p_places * 3 / 4 - cardinality(clients), CASE own WHEN 0 THEN 1 ELSE 0 END));
    EXIT WHEN room <= 0;
    pick := pick_deliveries(client, turns[place], room, p_places, p_per_receiver, p_lost_after, p_park_after,
                            clients, hosts, ids, some_circuit);
    turns[place] := pick.p_turn;
    ids := ids || pick.picked;
    hosts := hosts || pick.picked_hosts;
    IF pick.picked <> '{}' AND full_host IS NULL THEN
      full_host := full_host(hosts, p_places);
    END IF;
    clients := clients || array_fill(client, ARRAY[cardinality(pick.picked)]);
    EXIT WHEN lowest = highest;
  END LOOP;

  IF ids <> '{}' THEN
    WITH begun AS (
      UPDATE deliveries d
         SET state = 'attempting', attempt_at = now() + p_lost_after, tried_since = coalesce(d.tried_since, now())
       WHERE d.id = ANY (ids)
      RETURNING d.id, d.client_id, d.destination, d.attempt_at)
    SELECT jsonb_agg(jsonb_build_object('id', b.id::text, 'clientId', b.client_id, 'destination', b.destination,
                                        'attempt', b.attempt_at::text) ORDER BY array_position(ids, b.id))
      INTO claimed FROM begun b;
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.connect_times_between(p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS TABLE(day date, tenths integer, calls bigint)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT (c.ended_at AT TIME ZONE 'UTC')::date, floor(extract(epoch FROM c.connected_at - c.created_at) * 10)::integer, count(*)
    FROM calls c
   WHERE c.ended_at >= p_from AND c.ended_at < p_to AND c.connected_at IS NOT NULL AND c.carrier <> 'session'
   GROUP BY 1, 2
$function$;

CREATE OR REPLACE FUNCTION public.cost_refusal(p_user_id uuid, p_calls_per_minute integer, p_talk_time integer, p_at timestamp with time zone, OUT refusal text, OUT free_at timestamp with time zone, OUT seconds integer)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
  spent interval;
  held bigint;
  next_end timestamptz;
BEGIN
  IF p_calls_per_minute IS NOT NULL THEN
    -- There is room for one more when the p_calls_per_minute-th newest call is a minute old.
    SELECT c.created_at + interval '1 minute' INTO free_at
      FROM calls c WHERE c.user_id = p_user_id AND c.costs AND c.created_at > p_at - interval '1 minute'
     ORDER BY c.created_at DESC OFFSET p_calls_per_minute - 1 LIMIT 1;
    IF FOUND THEN
      refusal := 'call_rate_reached';
      RETURN;
    END IF;
  END IF;
  IF p_talk_time IS NOT NULL THEN
    SELECT coalesce(sum(c.ended_at - greatest(c.connected_at, p_at - interval '24 hours')), '0') INTO spent
      FROM calls c
     WHERE c.user_id = p_user_id AND c.costs AND c.connected_at IS NOT NULL AND c.ended_at > p_at - interval '24 hours';
    SELECT coalesce(sum(c.time_limit), 0), min(c.deadline_at) INTO held, next_end
      FROM calls c WHERE c.user_id = p_user_id AND c.costs AND c.ended_at IS NULL;
    seconds := greatest(0, floor(p_talk_time - held - extract(epoch FROM spent)));
    IF seconds < 1 THEN
      refusal := 'talk_time_spent';
      free_at := least(next_end, talk_time_free_at(p_user_id, spent + (held + 1 - p_talk_time) * interval '1 second', p_at));
    END IF;
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.count_day(p_day date)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  since timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  until timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  INSERT INTO counted_days (day) VALUES (p_day) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO ending_days SELECT * FROM endings_between(since, until);
    INSERT INTO connect_time_days SELECT * FROM connect_times_between(since, until);
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.decide_calls(p_requests jsonb, p_at timestamp with time zone)
 RETURNS TABLE(n bigint, id text, lease integer, decision text, user_id uuid, client_id text, user_name text, max_ongoing_calls integer, all_calls boolean, number text, taken integer, answer jsonb, free_at timestamp with time zone, seconds integer)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT r.ordinality, r.id, r.lease,
         CASE
           WHEN token.refusal IS NOT NULL THEN token.refusal
           WHEN earlier.fingerprint = r.fingerprint THEN 'replay'
           WHEN earlier.fingerprint IS NOT NULL THEN 'idempotency_key_reused'
           WHEN r.caller IS NOT NULL AND own.number IS NULL THEN 'caller_not_own'
           WHEN r.policy IS NOT NULL THEN r.policy
           WHEN r.once AND EXISTS (SELECT FROM holding_calls(token.user_id) AS c
                                    WHERE c.caller = own.number AND c.callee = r.callee) THEN 'call_already_ongoing'
           WHEN reached.refusal IS NOT NULL THEN reached.refusal
           WHEN cost.refusal IS NOT NULL THEN cost.refusal
           ELSE 'open'
         END,
         token.user_id, token.client_id, token.user_name, token.max_ongoing_calls, token.all_calls, own.number, reached.taken,
         earlier.call, cost.free_at, cost.seconds
    FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
           id text, token_hash bytea, proof_jkt text, in_query boolean, resource text, scopes text[], key text, fingerprint bytea,
           caller text, callee text, policy text, once boolean, calls_per_minute integer, talk_time integer, lease integer))
         WITH ORDINALITY AS r
   CROSS JOIN LATERAL token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.resource, r.scopes) AS token
    -- OFFSET 0 keeps the plan to one look-up by the key. A plan made while there were few keys would read all that have not expired.
    LEFT JOIN LATERAL (SELECT k.fingerprint, k.call FROM idempotency_keys k
                        WHERE k.user_id = token.user_id AND k.client_id = token.client_id AND k.key = r.key
                          AND k.expires_at > now() OFFSET 0) AS earlier ON true
    LEFT JOIN user_numbers AS own
      ON own.user_id = token.user_id AND CASE WHEN r.caller IS NULL THEN own.is_default ELSE own.number = r.caller END
   CROSS JOIN LATERAL reached_limit(token.user_id, token.max_ongoing_calls) AS reached
    -- OFFSET 0 keeps the WHERE inside, so that the function is not called for a call that costs nothing.
    LEFT JOIN LATERAL (SELECT * FROM cost_refusal(token.user_id, r.calls_per_minute, r.talk_time, p_at)
                        WHERE r.calls_per_minute IS NOT NULL OR r.talk_time IS NOT NULL OFFSET 0) AS cost ON true
$function$;

CREATE OR REPLACE FUNCTION public.describe_holding_calls(p_user_id uuid, p_client_id text, p_all_calls boolean)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
                              'id', c.id, 'callee', c.callee, 'own', p_all_calls OR c.client_id = p_client_id,
                              'createdAt', to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                            ORDER BY c.created_at), '[]')
    FROM (SELECT * FROM holding_calls(p_user_id) ORDER BY created_at LIMIT 100) AS c
$function$;

CREATE OR REPLACE FUNCTION public.end_own_calls(p_requests jsonb, p_wait boolean)
 RETURNS TABLE(n bigint, refusal text, reached boolean, locked boolean, ended calls)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  refusals text[];
  reached_ids text[];
  ongoing_users uuid[]; -- NULL where the token reaches no call, or one that has ended
  locked_users uuid[];
  moved calls[];
BEGIN
  SELECT array_agg(token.refusal ORDER BY r.ordinality), array_agg(c.id ORDER BY r.ordinality),
         array_agg(CASE WHEN c.ended_at IS NULL THEN c.user_id END ORDER BY r.ordinality)
    INTO refusals, reached_ids, ongoing_users
    FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
           id text, token_hash bytea, proof_jkt text, in_query boolean, resource text, scopes text[]))
         WITH ORDINALITY AS r
   CROSS JOIN LATERAL token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.resource, r.scopes) AS token
    LEFT JOIN calls c
      ON c.id = r.id AND token.refusal IS NULL AND c.user_id = token.user_id AND c.stripped_at IS NULL
     AND (token.all_calls OR c.client_id = token.client_id);

  locked_users := lock_limits(ongoing_users, p_wait);
  moved := ARRAY(
    SELECT m FROM move_calls(
      ARRAY(SELECT id FROM unnest(reached_ids, ongoing_users) AS r (id, user_id) WHERE r.user_id = ANY (locked_users)),
      'disconnected', 'hangUp', 'client') AS m);

  RETURN QUERY
    SELECT r.n, r.refusal, r.id IS NOT NULL, r.user_id IS NOT NULL AND r.user_id <> ALL (locked_users), m
      FROM unnest(refusals, reached_ids, ongoing_users) WITH ORDINALITY AS r (refusal, id, user_id, n)
      LEFT JOIN unnest(moved) AS m ON m.id = r.id;
END
$function$;

CREATE OR REPLACE FUNCTION public.end_sessions_and_tokens(p_user_id uuid)
 RETURNS void
 LANGUAGE sql
AS $function$
  DELETE FROM authorizations WHERE user_id = p_user_id;
  DELETE FROM artifacts WHERE user_id = p_user_id;
  DELETE FROM console_sessions WHERE user_id = p_user_id;
$function$;

CREATE OR REPLACE FUNCTION public.endings_between(p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS TABLE(day date, answered boolean, reason text, calls bigint)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT (c.ended_at AT TIME ZONE 'UTC')::date, c.connected_at IS NOT NULL, c.reason, count(*)
    FROM calls c WHERE c.ended_at >= p_from AND c.ended_at < p_to GROUP BY 1, 2, 3
$function$;

CREATE OR REPLACE FUNCTION public.fail_recording(p_id text, p_node_id uuid)
 RETURNS void
 LANGUAGE sql
AS $function$
  UPDATE calls
     SET recording_failed_at = clock_timestamp(),
         recording_result = CASE WHEN recording_result = 'success' THEN 'fail' ELSE recording_result END
   WHERE id = p_id AND node_id = p_node_id
$function$;

CREATE OR REPLACE FUNCTION public.find_due_client(p_after text, p_full_host text, p_looks integer, OUT next_client text, OUT passed text, OUT looks integer)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
DECLARE
  at text;
  first text := p_full_host || ' ';
  beyond text := beyond_host(p_full_host);
  none boolean := false;
BEGIN
  looks := 0;
  SELECT client_id, destination INTO next_client, at FROM deliveries
   WHERE state = 'due' AND client_id > p_after ORDER BY client_id, destination LIMIT 1;
  IF at COLLATE "C" >= first AND at COLLATE "C" < beyond THEN
    WITH RECURSIVE walk AS (
      SELECT next_client COLLATE "C" AS client_id, at COLLATE "C" AS destination, p_after COLLATE "C" AS previous, 0 AS number
      UNION ALL
      SELECT n.client_id, n.destination, w.client_id, w.number + 1
        FROM walk w, LATERAL (SELECT d.client_id, d.destination FROM deliveries d
                               WHERE d.state = 'due' AND (d.client_id, d.destination) >= (w.client_id, beyond)
                               ORDER BY d.client_id, d.destination LIMIT 1) AS n
       WHERE w.number < p_looks AND w.destination >= first AND w.destination < beyond
    )
    SELECT client_id, previous, number, destination >= first AND destination < beyond
      INTO next_client, passed, looks, none FROM walk ORDER BY number DESC LIMIT 1;
    next_client := CASE WHEN NOT none THEN next_client END;
    passed := CASE WHEN none AND looks = p_looks THEN passed END;
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.find_earlier_delivery(p_lane lane, p_before bigint)
 RETURNS bigint
 LANGUAGE sql
AS $function$
  SELECT id FROM deliveries
   WHERE call_id = p_lane.call_id AND destination = p_lane.destination AND ended_at IS NULL
     AND (p_before IS NULL OR id < p_before)
   LIMIT 1 FOR SHARE SKIP LOCKED
$function$;

CREATE OR REPLACE FUNCTION public.find_probe(p_client_id text, p_host text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
DECLARE
  visited text := p_host || ' ';
  webhook uuid;
  probe bigint;
BEGIN
  -- Visits each destination once: one that was removed can have 100,000 deliveries until the sweep.
  LOOP
    SELECT d.destination, d.webhook_id INTO visited, webhook FROM deliveries d
     WHERE d.state = 'paused' AND d.client_id = p_client_id AND d.destination > visited AND d.destination < beyond_host(p_host)
     ORDER BY d.destination LIMIT 1;
    EXIT WHEN visited IS NULL;
    CONTINUE WHEN EXISTS (SELECT FROM webhooks w WHERE w.id = webhook AND w.removed_at IS NOT NULL);
    SELECT d.id INTO probe FROM deliveries d
     WHERE d.state = 'paused' AND d.client_id = p_client_id AND d.destination = visited
       AND NOT EXISTS (SELECT FROM deliveries o
                        WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.ended_at IS NULL
                          AND (o.id < d.id OR o.state = 'attempting'))
     LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN probe IS NOT NULL;
  END LOOP;
  RETURN probe;
END
$function$;

CREATE OR REPLACE FUNCTION public.full_host(p_hosts text[], p_places integer)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
BEGIN
  IF cardinality(p_hosts) < p_places / 2 THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT host FROM unnest(p_hosts) AS host GROUP BY host HAVING count(*) >= p_places / 2 LIMIT 1);
END
$function$;

CREATE OR REPLACE FUNCTION public.grant_withdrawn()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM revoke_calls(OLD.user_id, OLD.client_id);
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.holding_calls(p_user_id uuid)
 RETURNS SETOF calls
 LANGUAGE sql
 STABLE
AS $function$
  SELECT * FROM calls c WHERE c.user_id = p_user_id AND c.ended_at IS NULL
$function$;

CREATE OR REPLACE FUNCTION public.is_consistent_call(state text, reason text, ended_by text, cause_leg text, recording_result text, sink text, sink_correlator text, connected_at timestamp with time zone, ended_at timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
BEGIN
  RETURN (sink IS NULL) = (sink_correlator IS NULL)
     AND (ended_at IS NULL) = (ended_by IS NULL)
     AND (ended_at IS NULL) = (reason IS NULL)
     AND (ended_at IS NULL) = (state IN ('initiating', 'callingCaller', 'callingCallee', 'connected'))
     AND coalesce(ended_by IN ('client', 'carrier', 'sweeper', 'administrator', 'revocation', 'user'), true)
     AND coalesce(cause_leg IN ('caller', 'callee'), true)
     AND coalesce(recording_result IN ('success', 'noRecord', 'fail'), true)
     AND CASE state
           WHEN 'disconnected' THEN
             reason IN ('hangUp', 'callerBusy', 'callerAbandon', 'calleeBusy', 'noCommonMedia', 'networkFailure', 'other')
           WHEN 'failed' THEN
             connected_at IS NULL
             AND reason IN ('callerDeclined', 'callerNoAnswer', 'callerNotRegistered', 'callerForbidden', 'callerWrongNumber',
                            'callerFailure', 'calleeDeclined', 'calleeNoAnswer', 'calleeNotRegistered', 'calleeForbidden',
                            'calleeWrongNumber', 'calleeFailure', 'noCommonMedia', 'networkFailure', 'other')
           ELSE ended_at IS NULL -- rejects states that do not exist
         END;
END
$function$;

CREATE OR REPLACE FUNCTION public.issue_tokens(p_requests jsonb, p_grace integer, p_wait boolean)
 RETURNS TABLE(n integer, refusal text)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  grace_start CONSTANT timestamptz := now() - make_interval(secs => p_grace);
  max_successors CONSTANT integer := CASE WHEN p_grace > 0 THEN 3 ELSE 1 END;
  user_ids uuid[];
  client_ids text[];
  authorization_ids text[];
  refresh_token_ids text[];
  locked_users uuid[];
  locked_clients text[];
  locked_authorizations text[];
BEGIN
  SELECT array_agg(DISTINCT r.user_id), array_agg(DISTINCT r.client_id), array_agg(DISTINCT r.authorization_id),
         array_agg(DISTINCT r.used)
    INTO user_ids, client_ids, authorization_ids, refresh_token_ids
    FROM jsonb_to_recordset(p_requests) AS r (user_id uuid, client_id text, authorization_id text, used text);
  IF p_wait THEN
    PERFORM FROM users WHERE id = ANY (user_ids) FOR KEY SHARE;
    PERFORM FROM clients WHERE id = ANY (client_ids) FOR KEY SHARE;
    PERFORM FROM authorizations WHERE id = ANY (authorization_ids) FOR KEY SHARE;
    PERFORM FROM artifacts WHERE model = 'RefreshToken' AND id = ANY (refresh_token_ids) FOR NO KEY UPDATE;
  END IF;
  locked_users := ARRAY(SELECT id FROM users WHERE id = ANY (user_ids) AND disabled_at IS NULL FOR KEY SHARE SKIP LOCKED);
  locked_clients := ARRAY(SELECT id FROM clients WHERE id = ANY (client_ids) AND removed_at IS NULL
                           FOR KEY SHARE SKIP LOCKED);
  locked_authorizations := ARRAY(SELECT id FROM authorizations WHERE id = ANY (authorization_ids) FOR KEY SHARE SKIP LOCKED);

  RETURN QUERY
    WITH requested AS MATERIALIZED (
      SELECT r.*,
             r.client_id = ANY (locked_clients)
             AND (r.user_id IS NULL OR r.user_id = ANY (locked_users))
             AND (r.authorization_id IS NULL OR r.authorization_id = ANY (locked_authorizations)) AS locked,
             row_number() OVER (PARTITION BY r.used ORDER BY r.ordinality) AS turn
        FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
               hash bytea, model text, user_id uuid, client_id text, authorization_id text, scopes text[], jkt text, resource text,
               payload jsonb, lifetime float8, used text, refresh_id text, refresh_payload jsonb, refresh_lifetime float8))
             WITH ORDINALITY AS r
    ), used_up AS (
      UPDATE artifacts SET consumed_at = coalesce(consumed_at, now()), successors = successors + 1
       WHERE model = 'RefreshToken'
         AND id = ANY (ARRAY(SELECT f.id FROM artifacts f
                              WHERE f.model = 'RefreshToken'
                                AND f.id = ANY (ARRAY(SELECT r.used FROM requested r WHERE r.locked AND r.turn = 1))
                                AND (f.consumed_at IS NULL OR f.consumed_at > grace_start AND f.successors < max_successors)
                                FOR NO KEY UPDATE SKIP LOCKED))
      RETURNING id
    ), issuing AS MATERIALIZED (
      SELECT * FROM requested r WHERE r.locked AND (r.used IS NULL OR r.turn = 1 AND r.used IN (SELECT id FROM used_up))
    ), refreshed AS (
      INSERT INTO artifacts (model, id, user_id, authorization_id, payload, expires_at)
      SELECT 'RefreshToken', i.refresh_id, i.user_id, i.authorization_id, i.refresh_payload,
             now() + i.refresh_lifetime * interval '1 second'
        FROM issuing i WHERE i.used IS NOT NULL
    ), issued AS (
      INSERT INTO access_tokens (hash, model, user_id, client_id, authorization_id, scopes, jkt, resource, payload, expires_at)
      SELECT i.hash, i.model, i.user_id, i.client_id, i.authorization_id, i.scopes, i.jkt, i.resource, i.payload,
             now() + i.lifetime * interval '1 second'
        FROM issuing i
    ), used_grants AS (
      UPDATE grants SET last_used_at = now()
       WHERE ctid = ANY (ARRAY(
         SELECT due.ctid FROM issuing i
          CROSS JOIN LATERAL (SELECT g.ctid FROM grants g
                               WHERE g.user_id = i.user_id AND g.client_id = i.client_id
                                 AND (g.last_used_at IS NULL OR g.last_used_at < now() - interval '1 minute')
                                 FOR NO KEY UPDATE SKIP LOCKED) AS due))
    )
    SELECT r.ordinality::integer,
           CASE WHEN NOT r.locked THEN 'gone'
                WHEN p_grace > 0 AND EXISTS (SELECT FROM artifacts f
                                              WHERE f.model = 'RefreshToken' AND f.id = r.used AND f.consumed_at > grace_start)
                THEN 'exhausted'
                ELSE 'reused' END
      FROM requested r WHERE r.ordinality NOT IN (SELECT i.ordinality FROM issuing i);
END
$function$;

CREATE OR REPLACE FUNCTION public.lock_limits(p_user_ids uuid[], p_wait boolean)
 RETURNS uuid[]
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF p_wait THEN
    RETURN ARRAY(SELECT u.id FROM users u WHERE u.id = ANY (p_user_ids) FOR NO KEY UPDATE);
  END IF;
  RETURN ARRAY(SELECT u.id FROM users u WHERE u.id = ANY (p_user_ids) FOR NO KEY UPDATE SKIP LOCKED);
END
$function$;

CREATE OR REPLACE FUNCTION public.lock_user_of_grant()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM FROM users WHERE id = OLD.user_id FOR NO KEY UPDATE;
  RETURN OLD;
END
$function$;

CREATE OR REPLACE FUNCTION public.may_follow(p_from text, p_to text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT p_from NOT IN ('disconnected', 'failed')
     AND array_position(ARRAY['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'], p_to)
       > array_position(ARRAY['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'], p_from)
$function$;

CREATE OR REPLACE FUNCTION public.move_call(p_id text, p_state text, p_reason text DEFAULT NULL::text, p_ended_by text DEFAULT NULL::text, p_node_id uuid DEFAULT NULL::uuid, p_cause jsonb DEFAULT NULL::jsonb)
 RETURNS SETOF calls
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM FROM users WHERE id = (SELECT user_id FROM calls WHERE calls.id = p_id) FOR NO KEY UPDATE;
  RETURN QUERY SELECT * FROM move_calls(ARRAY[p_id], p_state, p_reason, p_ended_by, p_node_id, jsonb_build_object(p_id, p_cause));
END
$function$;

CREATE OR REPLACE FUNCTION public.move_calls(p_ids text[], p_state text, p_reason text, p_ended_by text, p_node_id uuid DEFAULT NULL::uuid, p_causes jsonb DEFAULT NULL::jsonb)
 RETURNS SETOF calls
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  ending boolean := p_state IN ('disconnected', 'failed');
  at timestamptz := clock_timestamp();
  moved calls[];
BEGIN
  WITH changed AS (
    UPDATE calls c
       SET state = CASE WHEN p_state = 'failed' AND c.connected_at IS NOT NULL THEN 'disconnected' ELSE p_state END,
           reason = CASE WHEN p_state = 'failed' AND c.connected_at IS NOT NULL THEN 'other' ELSE p_reason END,
           ended_by = p_ended_by,
           cause_leg = p_causes -> c.id ->> 'leg',
           sip_status = (p_causes -> c.id ->> 'sipStatus')::integer,
           q850_cause = (p_causes -> c.id ->> 'q850Cause')::integer,
           cause_text = p_causes -> c.id ->> 'text',
           caller_answered_at = CASE WHEN p_state = 'callingCallee' THEN at ELSE c.caller_answered_at END,
           connected_at = CASE WHEN p_state = 'connected' THEN at ELSE c.connected_at END,
           ended_at = CASE WHEN ending THEN at END,
           recording_result = CASE WHEN ending AND c.recording_enabled
                                   THEN CASE WHEN c.connected_at IS NULL THEN 'noRecord'
                                             WHEN c.recording_failed_at IS NOT NULL THEN 'fail' ELSE 'success' END END,
           deadline_at = CASE WHEN ending THEN c.deadline_at
                              WHEN p_state = 'connected' THEN at + c.time_limit * interval '1 second'
                              ELSE ringing_deadline(at, c.ring_timeout) END
     WHERE c.id = ANY (p_ids) AND may_follow(c.state, p_state) AND (p_node_id IS NULL OR c.node_id = p_node_id)
    RETURNING c AS call
  ) SELECT array_agg(call ORDER BY (call).created_at, (call).id) INTO moved FROM changed;
  IF moved IS NOT NULL THEN
    PERFORM append_call_events(moved);
    RETURN QUERY SELECT * FROM unnest(moved);
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.move_each_call(p_requests jsonb)
 RETURNS TABLE(n bigint, locked boolean, moved calls)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  ids text[];
  user_ids uuid[];
  locked_users uuid[];
  alike record;
  changed calls[] := '{}';
BEGIN
  SELECT array_agg(r.id ORDER BY r.ordinality), array_agg(c.user_id ORDER BY r.ordinality) INTO ids, user_ids
    FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (id text)) WITH ORDINALITY AS r LEFT JOIN calls c ON c.id = r.id;
  locked_users := lock_limits(user_ids, false);
  FOR alike IN
    SELECT r.state, r.reason, r.ended_by, r.node_id, array_agg(r.id) AS ids, jsonb_object_agg(r.id, r.cause) AS causes
      FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
             id text, state text, reason text, ended_by text, node_id uuid, cause jsonb)) WITH ORDINALITY AS r
     WHERE user_ids[r.ordinality] = ANY (locked_users)
     GROUP BY r.state, r.reason, r.ended_by, r.node_id
  LOOP
    changed := changed || ARRAY(
      SELECT m FROM move_calls(alike.ids, alike.state, alike.reason, alike.ended_by, alike.node_id, alike.causes) AS m);
  END LOOP;
  RETURN QUERY
    SELECT r.n, r.user_id IS NOT NULL AND r.user_id <> ALL (locked_users), m
      FROM unnest(ids, user_ids) WITH ORDINALITY AS r (id, user_id, n)
      LEFT JOIN unnest(changed) AS m ON m.id = r.id;
END
$function$;

CREATE OR REPLACE FUNCTION public.open_calls(p_requests jsonb, p_wait boolean)
 RETURNS TABLE(n bigint, decision text, user_name text, max_ongoing_calls integer, ongoing_calls integer, holding jsonb, retry_after integer, call calls)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  at timestamptz;
  locked uuid[];
BEGIN
  -- First without locks: a call that is refused anyway waits for nothing, and locks nothing.
  at := clock_timestamp();
  locked := lock_limits(ARRAY(SELECT d.user_id FROM decide_calls(p_requests, at) d WHERE d.decision = 'open'), p_wait);

  -- Then again, in a statement of its own that begins after the locks are held: under READ COMMITTED it sees every call that was
  -- committed before. A count in the statement that locks has a snapshot older than the lock. Times are clock_timestamp(), not
  -- now(): a call that waited for the lock starts after the call that it waited for has ended.
  at := clock_timestamp();
  RETURN QUERY
    WITH decided AS MATERIALIZED (
      SELECT * FROM decide_calls(p_requests, at)
    ), first_of_each_user AS (
      SELECT DISTINCT ON (d.user_id) * FROM decided d
       WHERE d.decision = 'open' AND d.user_id = ANY (locked)
       ORDER BY d.user_id, d.n
    ), opened AS (
      INSERT INTO calls (id, user_id, client_id, caller, callee, state, carrier, costs, node_id, ring_timeout, time_limit,
                         client_reference, metadata, recording_enabled, sink, sink_token, sink_token_expires_at,
                         sink_correlator, created_at, connected_at, deadline_at)
      SELECT r.id, d.user_id, d.client_id, d.number, r.callee, r.state, r.carrier, coalesce(r.costs, false), r.node_id,
             r.ring_timeout, least(r.time_limit, d.seconds), r.client_reference, coalesce(r.metadata, '{}'),
             coalesce(r.recording_enabled, false), r.sink, r.sink_token, r.sink_token_expires_at,
             r.sink_correlator, at,
             CASE r.state WHEN 'connected' THEN at END,
             CASE r.state WHEN 'connected' THEN at + least(r.time_limit, d.seconds, d.lease) * interval '1 second'
                          ELSE ringing_deadline(at, r.ring_timeout) END
        FROM first_of_each_user d
        JOIN jsonb_populate_recordset(NULL::calls, p_requests) WITH ORDINALITY AS r ON r.ordinality = d.n
      RETURNING calls AS call
    )
    SELECT d.n,
           CASE WHEN (o.call).id IS NOT NULL THEN 'opened'
                WHEN d.decision <> 'open' THEN d.decision
                WHEN p_wait OR d.user_id = ANY (locked) THEN 'again'
                ELSE 'locked' END,
           d.user_name, d.max_ongoing_calls,
           CASE WHEN (o.call).id IS NOT NULL THEN d.taken + 1 ELSE d.taken END,
           CASE d.decision WHEN 'call_limit_reached' THEN describe_holding_calls(d.user_id, d.client_id, d.all_calls) END,
           CASE WHEN d.free_at IS NOT NULL THEN greatest(1, ceil(extract(epoch FROM d.free_at - at)))::integer END,
           coalesce(o.call, jsonb_populate_record(NULL::calls, CASE d.decision WHEN 'replay' THEN d.answer END))
      FROM decided d LEFT JOIN opened o ON (o.call).id = d.id;

  PERFORM append_call_events(array_agg(c ORDER BY c.user_id))
     FROM calls c JOIN jsonb_to_recordset(p_requests) AS r (id text) ON c.id = r.id
   HAVING count(*) > 0;
  IF p_requests @? '$[*].key' THEN
    PERFORM remember_answers(p_requests);
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.pause_deliveries(p_client_id text, p_destination text, p_park_after interval)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  circuit delivery_circuits;
BEGIN
  -- Waits for an attempt that is just closing the circuit: then nothing is paused.
  UPDATE delivery_circuits SET resume_at = coalesce(resume_at, paused_until)
   WHERE client_id = p_client_id AND host = split_part(p_destination, ' ', 1) AND paused_until > now()
  RETURNING * INTO circuit;
  IF FOUND THEN
    UPDATE deliveries
       SET state = 'paused', tried_since = coalesce(tried_since, now()), attempt_at = coalesce(tried_since, now()) + p_park_after
     WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                            WHERE state = 'due' AND client_id = p_client_id AND destination = p_destination
                              AND id IS DISTINCT FROM circuit.probe_id
                            LIMIT 50 FOR UPDATE SKIP LOCKED));
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.pick_deliveries(p_client_id text, INOUT p_turn text, p_count integer, p_places integer, p_per_receiver integer, p_lost_after interval, p_park_after interval, p_clients text[], p_hosts text[], p_claimed bigint[], p_circuits boolean, OUT picked bigint[], OUT picked_hosts text[])
 RETURNS record
 LANGUAGE plpgsql
AS $function$
DECLARE
  visited text := p_turn;
  webhook_id uuid;
  receiver text;
  under_way integer; -- attempts to the receiver, of all nodes
  removed boolean;
  disabled boolean;
  paused boolean;
  probe boolean;
  probe_id bigint; -- the next probe, which the other deliveries to the receiver wait for
  at_probe text; -- its destination
  on_host integer;
  own_on_host integer;
  room integer;
  several boolean := false; -- destinations
  found bigint[];
  whole_round boolean := p_turn = '';
  round_picked boolean := false;
BEGIN
  picked := '{}';
  picked_hosts := '{}';
  IF p_count > 1 THEN
    SELECT min(destination) < max(destination) INTO several FROM deliveries WHERE state = 'due' AND client_id = p_client_id;
  END IF;
  WHILE cardinality(picked) < p_count LOOP
    SELECT d.destination, h.host, d.webhook_id,
           -- The order and the limit make the plan use deliveries_attempting.
           (SELECT count(*) FROM (SELECT FROM deliveries
                                   WHERE state = 'attempting' AND client_id = p_client_id
                                     AND destination >= h.host || ' ' AND destination < beyond_host(h.host)
                                   ORDER BY destination LIMIT p_per_receiver) AS a)
      INTO visited, receiver, webhook_id, under_way
      FROM deliveries d, LATERAL (SELECT split_part(d.destination, ' ', 1) AS host) AS h
     WHERE d.state = 'due' AND d.client_id = p_client_id AND d.destination > visited ORDER BY d.destination LIMIT 1;
    IF visited IS NULL THEN
      EXIT WHEN whole_round AND NOT round_picked;
      whole_round := true;
      round_picked := false;
      visited := '';
      CONTINUE;
    END IF;
    disabled := false;
    IF webhook_id IS NOT NULL THEN
      SELECT w.removed_at IS NOT NULL, w.disabled_at IS NOT NULL INTO removed, disabled FROM webhooks w WHERE w.id = webhook_id;
      CONTINUE WHEN removed;
    END IF;
    probe := false;
    at_probe := NULL;
    IF p_circuits AND NOT disabled THEN
      SELECT k.opened_at IS NOT NULL, k.paused_until > now(), k.probe_id, probe_destination(k.probe_id)
        INTO probe, paused, probe_id, at_probe
        FROM delivery_circuits k WHERE k.client_id = p_client_id AND k.host = receiver;
      IF paused THEN
        PERFORM pause_deliveries(p_client_id, visited, p_park_after);
        CONTINUE;
      END IF;
      CONTINUE WHEN at_probe <> visited;
    END IF;

    on_host := 0;
    own_on_host := 0;
    IF receiver = ANY (p_hosts) OR receiver = ANY (picked_hosts) THEN
      SELECT here.picked + count(*), here.picked + count(*) FILTER (WHERE client_id = p_client_id),
             under_way + here.picked
               + count(*) FILTER (WHERE client_id = p_client_id AND number > cardinality(p_clients) - cardinality(p_claimed))
        INTO on_host, own_on_host, under_way
        FROM (SELECT cardinality(array_positions(picked_hosts, receiver)) AS picked) AS here
        LEFT JOIN unnest(p_clients, p_hosts) WITH ORDINALITY AS r (client_id, host, number) ON host = receiver
       GROUP BY here.picked;
    END IF;
    room := least(p_count - cardinality(picked), p_per_receiver - under_way,
                  CASE WHEN own_on_host = 0 OR on_host < p_places * 3 / 8 THEN p_places / 2 - on_host ELSE 0 END);
    IF room <= 0 THEN
      visited := beyond_host(receiver);
      CONTINUE;
    END IF;
    -- One of each destination, unless there is only one.
    IF probe OR several THEN
      room := 1;
    END IF;

    -- Skips a delivery that another transaction has locked. It is still open, so the later ones of its lane wait for it.
    IF at_probe IS NOT NULL THEN
      found := ARRAY(SELECT d.id FROM deliveries d WHERE d.id = probe_id AND d.state = 'due' FOR UPDATE SKIP LOCKED);
    ELSE
      found := ARRAY(
        SELECT d.id FROM deliveries d
         WHERE d.state = 'due' AND d.client_id = p_client_id AND d.destination = visited AND d.id <> ALL (p_claimed) AND d.id <> ALL (picked)
           AND NOT EXISTS (SELECT FROM deliveries o
                            WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.ended_at IS NULL
                              AND (o.id < d.id OR o.state = 'attempting'))
         ORDER BY d.attempt_at LIMIT room FOR UPDATE SKIP LOCKED);
    END IF;
    EXIT WHEN room > 1 AND found = '{}';
    CONTINUE WHEN found = '{}';
    IF probe THEN
      UPDATE delivery_circuits c
         SET probe_id = found[1], paused_until = now() + p_lost_after,
             resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() + p_lost_after END
       WHERE client_id = p_client_id AND host = receiver AND opened_at IS NOT NULL;
    END IF;
    picked := picked || found;
    picked_hosts := picked_hosts || array_fill(receiver, ARRAY[cardinality(found)]);
    p_turn := visited;
    round_picked := true;
    EXIT WHEN room > 1;
  END LOOP;
END
$function$;

CREATE OR REPLACE FUNCTION public.presented_tokens(p_hashes bytea[], p_ids text[], p_grace integer, p_second_factor_required boolean)
 RETURNS TABLE(n integer, model text, payload jsonb, consumed integer, "authorization" jsonb, user_name text, administrator boolean, phone_number text, second_factor_missing boolean)
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT presented.n::integer, found.model, found.payload,
           CASE WHEN found.consumed_at <= now() - make_interval(secs => p_grace) THEN extract(epoch FROM found.consumed_at)::integer END,
           z.payload, u.name, u.administrator,
           CASE WHEN 'phone' = ANY (found.scopes)
                THEN (SELECT number FROM user_numbers WHERE user_id = found.user_id AND is_default) END,
           CASE WHEN 'admin' = ANY (found.scopes)
                THEN second_factor_missing(found.user_id, z.second_factor, p_second_factor_required)
                ELSE false END
      FROM unnest(p_hashes, p_ids) WITH ORDINALITY AS presented (hash, id, n)
     CROSS JOIN LATERAL (
       SELECT t.model, t.payload, t.scopes, NULL::timestamptz AS consumed_at, t.user_id, t.authorization_id
         FROM access_tokens t WHERE t.hash = presented.hash
       UNION ALL
       SELECT a.model, a.payload, string_to_array(a.payload->>'scope', ' '), a.consumed_at, a.user_id, a.authorization_id
         FROM artifacts a WHERE a.model = 'RefreshToken' AND a.id = presented.id
     ) AS found
      LEFT JOIN LATERAL (SELECT * FROM users WHERE id = found.user_id OFFSET 0) AS u ON true
      LEFT JOIN LATERAL (SELECT * FROM authorizations WHERE id = found.authorization_id OFFSET 0) AS z ON true
     WHERE u.disabled_at IS NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.probe_circuit(p_client_id text, p_destination text, p_probe_id bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
  UPDATE delivery_circuits
     SET paused_until = now(), probe_id = p_probe_id, resume_at = CASE WHEN resume_at IS NOT NULL THEN now() END
   WHERE client_id = p_client_id AND host = split_part(p_destination, ' ', 1) AND opened_at IS NOT NULL
$function$;

CREATE OR REPLACE FUNCTION public.probe_destination(p_probe_id bigint)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT d.destination FROM deliveries d
   WHERE d.id = p_probe_id AND d.state = 'due'
     AND NOT EXISTS (SELECT FROM webhooks w WHERE w.id = d.webhook_id AND w.removed_at IS NOT NULL)
     AND NOT EXISTS (SELECT FROM deliveries o
                      WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.ended_at IS NULL
                        AND (o.id < d.id OR o.state = 'attempting'))
$function$;

CREATE OR REPLACE FUNCTION public.queue_deliveries(p_events call_events[])
 RETURNS void
 LANGUAGE sql
AS $function$
  INSERT INTO deliveries (event_id, call_id, client_id, webhook_id, destination, state, attempt_at)
  SELECT e.id, c.id, c.client_id, receiver.webhook_id, receiver.destination,
         CASE WHEN earlier.id IS NULL THEN 'due' ELSE 'behind' END, CASE WHEN earlier.id IS NULL THEN now() END
    FROM unnest(p_events) WITH ORDINALITY AS e
    JOIN calls c ON c.id = e.call_id
    JOIN LATERAL (SELECT NULL::uuid AS webhook_id,
                         receiver_host(c.sink) || ' ' || coalesce(substring(c.sink FROM '^[^/]*//[^/?#]*'), c.sink) AS destination
                   WHERE c.sink IS NOT NULL
                  UNION ALL
                  SELECT w.id, receiver_host(w.url) || ' ' || w.id FROM webhooks w
                   WHERE w.client_id = c.client_id AND w.removed_at IS NULL AND w.disabled_at IS NULL
                     AND (w.events IS NULL OR e.state = ANY (w.events))
                 ) AS receiver ON true
    JOIN LATERAL find_earlier_delivery(ROW (c.id, receiver.destination), NULL) AS earlier (id) ON true
   ORDER BY e.ordinality, receiver.webhook_id NULLS FIRST
$function$;

CREATE OR REPLACE FUNCTION public.reached_limit(p_user_id uuid, p_max_ongoing_calls integer)
 RETURNS TABLE(refusal text, taken integer)
 LANGUAGE sql
 STABLE ROWS 1
AS $function$
  SELECT CASE WHEN person.taken >= p_max_ongoing_calls THEN 'call_limit_reached' END, person.taken
    FROM (SELECT count(*)::integer AS taken FROM holding_calls(p_user_id)) AS person
$function$;

CREATE OR REPLACE FUNCTION public.receiver_host(p_url text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT lower(coalesce(rtrim(substring(p_url FROM '^[^/]*//(\[[^]]*\]|[^/?#:]*)'), '.'), ''))
$function$;

CREATE OR REPLACE FUNCTION public.recording_outlived_call()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO recordings_to_remove (call_id, carrier) VALUES (OLD.id, OLD.carrier) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'rows of the audit log cannot be changed or deleted';
END
$function$;

CREATE OR REPLACE FUNCTION public.remember_answers(p_requests jsonb)
 RETURNS void
 LANGUAGE sql
AS $function$
  INSERT INTO idempotency_keys (user_id, client_id, key, fingerprint, call, expires_at)
  SELECT c.user_id, c.client_id, r.key, r.fingerprint, to_jsonb(c) - 'sink_token', now() + interval '1 day'
    FROM calls c JOIN jsonb_to_recordset(p_requests) AS r (id text, key text, fingerprint bytea) ON c.id = r.id
   WHERE r.key IS NOT NULL
  ON CONFLICT (user_id, client_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, call = excluded.call, expires_at = excluded.expires_at
$function$;

CREATE OR REPLACE FUNCTION public.remove_webhooks_of_client()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  UPDATE webhooks SET removed_at = now() WHERE client_id = OLD.id AND removed_at IS NULL;
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.renew_own_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_resource text, p_scopes text[], p_id text, p_lease integer)
 RETURNS TABLE(refusal text, user_name text, reached calls, renewed calls)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
  entitled record;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_resource, p_scopes);
  refusal := entitled.refusal;
  user_name := entitled.user_name;
  IF refusal IS NULL THEN
    PERFORM FROM users u WHERE u.id = entitled.user_id FOR NO KEY UPDATE; -- the sweep uses the same lock
    SELECT c.* INTO reached FROM calls c
     WHERE c.id = p_id AND c.user_id = entitled.user_id AND c.stripped_at IS NULL
       AND (entitled.all_calls OR c.client_id = entitled.client_id);
    UPDATE calls c
       SET deadline_at = least(c.connected_at + c.time_limit * interval '1 second', clock_timestamp() + p_lease * interval '1 second')
     WHERE c.id = reached.id AND c.carrier = 'session' AND c.ended_at IS NULL
    RETURNING c.* INTO renewed;
  END IF;
  RETURN NEXT;
END
$function$;

CREATE OR REPLACE FUNCTION public.restart_delivery(p_id bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
DECLARE
  resent deliveries;
  earlier bigint;
BEGIN
  SELECT * INTO resent FROM deliveries WHERE id = p_id;
  earlier := find_earlier_delivery(ROW (resent.call_id, resent.destination), p_id);
  UPDATE deliveries
     SET state = CASE WHEN earlier IS NULL THEN 'due' ELSE 'behind' END,
         attempt_at = CASE WHEN earlier IS NULL THEN now() END,
         failures = 0, tried_since = NULL, ended_at = NULL
   WHERE id = p_id AND state <> 'behind';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE deliveries SET state = 'behind', attempt_at = NULL
   WHERE call_id = resent.call_id AND destination = resent.destination AND id > p_id AND state IN ('due', 'retrying', 'paused');
  PERFORM probe_circuit(resent.client_id, resent.destination, CASE WHEN earlier IS NULL THEN p_id END);
  RETURN true;
END
$function$;

CREATE OR REPLACE FUNCTION public.resume_deliveries(p_lost_after interval)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  circuit delivery_circuits;
  first text;
  beyond text;
  probe bigint;
BEGIN
  FOR circuit IN
    SELECT * FROM delivery_circuits WHERE resume_at <= now() ORDER BY resume_at LIMIT 20 FOR UPDATE SKIP LOCKED
  LOOP
    probe := NULL;
    first := circuit.host || ' ';
    beyond := beyond_host(circuit.host);
    IF circuit.opened_at IS NULL THEN
      -- The order makes the plan use deliveries_deferred.
      UPDATE deliveries SET state = 'due', attempt_at = now()
       WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                              WHERE client_id = circuit.client_id AND state = 'paused' AND destination >= first AND destination < beyond
                              ORDER BY destination LIMIT 100 FOR UPDATE SKIP LOCKED));
    ELSE
      probe := circuit.probe_id;
      IF probe_destination(probe) IS NULL THEN
        probe := find_probe(circuit.client_id, circuit.host);
        UPDATE deliveries SET state = 'due', attempt_at = now() WHERE id = probe;
      END IF;
    END IF;

    IF (SELECT id FROM deliveries
         WHERE client_id = circuit.client_id AND state = 'paused' AND destination >= first AND destination < beyond
         ORDER BY destination LIMIT 1) IS NOT NULL THEN
      UPDATE delivery_circuits
         SET probe_id = probe, resume_at = CASE WHEN opened_at IS NULL THEN now()
                                          WHEN probe IS NULL THEN now() + interval '1 s' -- all are locked, or of removed webhooks
                                          ELSE now() + p_lost_after END
       WHERE client_id = circuit.client_id AND host = circuit.host;
    ELSIF circuit.opened_at IS NULL THEN
      DELETE FROM delivery_circuits WHERE client_id = circuit.client_id AND host = circuit.host;
    ELSE
      UPDATE delivery_circuits SET probe_id = probe, resume_at = NULL WHERE client_id = circuit.client_id AND host = circuit.host;
    END IF;
  END LOOP;
END
$function$;

CREATE OR REPLACE FUNCTION public.revoke_calls(p_user_id uuid, p_client_id text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  ongoing text[] := ARRAY(
    SELECT id FROM calls
     WHERE user_id = p_user_id AND (p_client_id IS NULL OR client_id = p_client_id) AND ended_at IS NULL);
BEGIN
  PERFORM announce_calls(ARRAY(SELECT ended FROM move_calls(ongoing, 'disconnected', 'other', 'revocation') AS ended));
END
$function$;

CREATE OR REPLACE FUNCTION public.ringing_deadline(p_since timestamp with time zone, p_ring_timeout integer)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT p_since + (p_ring_timeout + 5) * interval '1 second'
$function$;

CREATE OR REPLACE FUNCTION public.save_legs(p_node_id uuid, p_carrier text, p_legs jsonb)
 RETURNS SETOF text
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  RETURN QUERY
  INSERT INTO carried_legs (call_id, leg, carrier, node_id, attempt, session_interval, saved)
  SELECT c.id, l.leg, p_carrier, p_node_id, l.attempt, l.session_interval, l.saved
    FROM jsonb_populate_recordset(NULL::carried_legs, p_legs) AS l JOIN calls c ON c.id = l.call_id
   WHERE c.node_id = p_node_id
     FOR KEY SHARE OF c SKIP LOCKED
  ON CONFLICT (call_id, attempt) DO UPDATE SET saved = excluded.saved, session_interval = excluded.session_interval
   WHERE carried_legs.node_id = excluded.node_id
  RETURNING attempt;
END
$function$;

CREATE OR REPLACE FUNCTION public.second_factor_missing(p_user_id uuid, p_verified boolean, p_required boolean)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT p_verified IS NOT TRUE AND (p_required OR EXISTS (SELECT FROM second_factors WHERE user_id = p_user_id))
$function$;

CREATE OR REPLACE FUNCTION public.session_end(p_call_id text)
 RETURNS interval
 LANGUAGE sql
 STABLE
AS $function$
  SELECT CASE WHEN bool_and(l.session_interval IS NOT NULL) THEN max(l.session_interval) * interval '1 second' END
    FROM carried_legs l WHERE l.call_id = p_call_id
$function$;

CREATE OR REPLACE FUNCTION public.session_ended()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO logout_notices (client_id, user_id, sid)
  SELECT c.id, OLD.user_id, a.value->>'sid'
    FROM jsonb_each(OLD.payload->'authorizations') AS a
    JOIN clients c ON c.id = a.key
   WHERE c.metadata ? 'backchannel_logout_uri' AND c.removed_at IS NULL AND a.value ? 'sid'
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.settle_attempt(p_id bigint, p_attempt timestamp with time zone, p_at timestamp with time zone, p_milliseconds integer, p_status integer, p_problem text, p_permanent boolean, p_park_after interval, p_retry_after interval, p_timed_out boolean, p_open_after integer, p_first_pause interval, p_max_pause interval)
 RETURNS TABLE(change text, client_id text, host text, timeouts integer, paused_until timestamp with time zone)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
  settled deliveries;
BEGIN
  UPDATE deliveries d
     SET state = next.state,
         attempt_at = CASE next.state WHEN 'retrying' THEN now() + p_retry_after END,
         failures = d.failures + CASE next.state WHEN 'delivered' THEN 0 ELSE 1 END,
         ended_at = CASE WHEN next.state <> 'retrying' THEN now() END
    FROM (SELECT id, CASE WHEN p_problem IS NULL THEN 'delivered' WHEN p_permanent THEN 'stopped'
                          WHEN tried_since < now() - p_park_after THEN 'parked' ELSE 'retrying' END AS state
            FROM deliveries WHERE id = p_id) AS next
   WHERE d.id = next.id AND d.state = 'attempting' AND d.attempt_at = p_attempt
  RETURNING d.* INTO settled;
  IF NOT FOUND THEN
    RETURN;
  END IF;

  INSERT INTO delivery_attempts (delivery_id, at, milliseconds, status, problem)
  VALUES (p_id, p_at, p_milliseconds, p_status, p_problem);

  -- A statement after the one that locked the delivery sees every delivery that queue_deliveries has put behind it.
  IF settled.ended_at IS NOT NULL THEN
    PERFORM start_next_delivery(ROW (settled.call_id, settled.destination));
  ELSE -- queue_deliveries could not lock this one: let no claim read the others while it waits
    UPDATE deliveries SET state = 'behind', attempt_at = NULL
     WHERE call_id = settled.call_id AND destination = settled.destination AND id > p_id AND state IN ('due', 'paused');
  END IF;

  IF p_timed_out IS NULL THEN -- a probe that was not sent: another one follows at once
    UPDATE delivery_circuits c
       SET paused_until = now(), probe_id = NULL, resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() END
     WHERE c.client_id = settled.client_id AND c.host = split_part(settled.destination, ' ', 1)
       AND c.probe_id = p_id AND c.opened_at IS NOT NULL;
  ELSE
    RETURN QUERY
      SELECT c.change, settled.client_id, split_part(settled.destination, ' ', 1), c.timeouts, c.paused_until
        FROM settle_circuit(settled.client_id, split_part(settled.destination, ' ', 1), p_id, p_timed_out,
                            p_open_after, p_first_pause, p_max_pause) AS c;
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.settle_circuit(p_client_id text, p_host text, p_delivery_id bigint, p_timed_out boolean, p_open_after integer, p_first_pause interval, p_max_pause interval)
 RETURNS TABLE(change text, timeouts integer, paused_until timestamp with time zone)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
  circuit delivery_circuits;
BEGIN
  IF p_timed_out THEN
    INSERT INTO delivery_circuits AS c (client_id, host, timeouts, last_timeout_at) VALUES (p_client_id, p_host, 1, now())
    ON CONFLICT (client_id, host) DO UPDATE SET timeouts = c.timeouts + 1, last_timeout_at = now()
    RETURNING * INTO circuit;
    IF circuit.opened_at IS NULL AND circuit.timeouts >= p_open_after THEN
      UPDATE delivery_circuits c
         SET opened_at = now(), pause = p_first_pause, paused_until = now() + p_first_pause, probe_id = NULL,
             resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() + p_first_pause END
       WHERE client_id = p_client_id AND host = p_host;
      RETURN QUERY SELECT 'opened', circuit.timeouts, now() + p_first_pause;
    ELSIF circuit.probe_id = p_delivery_id THEN
      UPDATE delivery_circuits c
         SET pause = least(c.pause * 2, p_max_pause), paused_until = now() + least(c.pause * 2, p_max_pause), probe_id = NULL,
             resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() + least(c.pause * 2, p_max_pause) END
       WHERE client_id = p_client_id AND host = p_host;
    END IF;
    RETURN;
  END IF;

  SELECT * INTO circuit FROM delivery_circuits WHERE client_id = p_client_id AND host = p_host FOR UPDATE;
  IF circuit.resume_at IS NOT NULL THEN -- resume_deliveries deletes the row when no delivery is paused
    UPDATE delivery_circuits SET timeouts = 0, opened_at = NULL, pause = NULL, paused_until = NULL, probe_id = NULL,
                                 resume_at = now()
     WHERE client_id = p_client_id AND host = p_host;
  ELSIF FOUND THEN
    DELETE FROM delivery_circuits WHERE client_id = p_client_id AND host = p_host;
  END IF;
  IF circuit.opened_at IS NOT NULL THEN
    RETURN QUERY SELECT 'closed', circuit.timeouts, NULL::timestamptz;
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.start_next_delivery(p_lane lane)
 RETURNS void
 LANGUAGE sql
AS $function$
  UPDATE deliveries SET state = 'due', attempt_at = now()
   WHERE state = 'behind'
     AND id = (SELECT id FROM deliveries
                WHERE call_id = p_lane.call_id AND destination = p_lane.destination AND ended_at IS NULL
                ORDER BY id LIMIT 1)
$function$;

CREATE OR REPLACE FUNCTION public.strip_calls(p_ids text[])
 RETURNS void
 LANGUAGE sql
AS $function$
  DELETE FROM deliveries WHERE call_id = ANY (p_ids);
  UPDATE calls
     SET caller = NULL, callee = '', client_reference = NULL, metadata = '{}',
         cause_text = NULL, -- a peer's phrase may contain a number
         sink = NULL, sink_token = NULL, sink_token_expires_at = NULL, sink_correlator = NULL, stripped_at = now()
   WHERE id = ANY (p_ids) AND ended_at IS NOT NULL AND stripped_at IS NULL
$function$;

CREATE OR REPLACE FUNCTION public.sweep_overdue_calls(p_limit integer, p_lock bigint)
 RETURNS SETOF calls
 LANGUAGE plpgsql
 SET lock_timeout TO '100ms'
AS $function$
DECLARE
  overdue record;
  last_state text;
  moved calls;
  ended integer := 0;
  locked_users uuid[] := '{}';
BEGIN
  IF NOT pg_try_advisory_xact_lock(p_lock) THEN
    RETURN;
  END IF;
  FOR overdue IN
    SELECT id, user_id FROM calls
     WHERE ended_at IS NULL AND id <> '' AND deadline_at <= clock_timestamp() ORDER BY deadline_at -- by calls_deadline
  LOOP
    EXIT WHEN ended = p_limit;
    CONTINUE WHEN overdue.user_id = ANY (locked_users);
    PERFORM FROM users WHERE id = overdue.user_id FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      locked_users := locked_users || overdue.user_id;
      CONTINUE;
    END IF;
    SELECT state INTO last_state FROM calls
     WHERE id = overdue.id AND ended_at IS NULL AND deadline_at <= clock_timestamp() FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    BEGIN
      SELECT * INTO moved FROM move_calls(
        ARRAY[overdue.id],
        CASE last_state WHEN 'connected' THEN 'disconnected' ELSE 'failed' END,
        CASE last_state WHEN 'callingCaller' THEN 'callerNoAnswer' WHEN 'callingCallee' THEN 'calleeNoAnswer' ELSE 'other' END,
        'sweeper');
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'sweep: cannot end overdue call %; will retry: % (%)', overdue.id, SQLERRM, SQLSTATE;
      CONTINUE;
    END;
    RETURN NEXT moved;
    ended := ended + 1;
  END LOOP;
END
$function$;

CREATE OR REPLACE FUNCTION public.talk_time_free_at(p_user_id uuid, p_needed interval, p_at timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  SELECT min(greatest(t.ended_before, t.ended_at - extract(epoch FROM t.talked - p_needed) * interval '1 second'))
         + interval '24 hours'
    FROM (SELECT c.ended_at,
                 lag(c.ended_at) OVER by_end AS ended_before,
                 sum(c.ended_at - greatest(c.connected_at, p_at - interval '24 hours')) OVER by_end AS talked
            FROM calls c
           WHERE c.user_id = p_user_id AND c.costs AND c.connected_at IS NOT NULL AND c.ended_at > p_at - interval '24 hours'
          WINDOW by_end AS (ORDER BY c.ended_at, c.id)) AS t
   WHERE t.talked >= p_needed
$function$;

CREATE OR REPLACE FUNCTION public.token_entitlement(p_hash bytea, p_proof_jkt text, p_in_query boolean, p_resource text, p_scopes text[])
 RETURNS TABLE(refusal text, user_id uuid, client_id text, authorization_id text, user_name text, administrator boolean, max_ongoing_calls integer, all_calls boolean, expires_at timestamp with time zone)
 LANGUAGE sql
 STABLE ROWS 1
AS $function$
  SELECT CASE
           WHEN t.hash IS NULL OR u.disabled_at IS NOT NULL OR c.removed_at IS NOT NULL THEN 'token_invalid'
           WHEN t.jkt IS DISTINCT FROM p_proof_jkt THEN 'token_invalid'
           WHEN p_in_query AND NOT c.classic THEN 'token_in_query'
           WHEN t.resource IS NOT NULL AND t.resource IS DISTINCT FROM p_resource THEN 'token_for ' || t.resource
           WHEN NOT t.scopes && p_scopes THEN 'scope_missing'
           WHEN t.user_id IS NULL THEN 'token_without_user'
         END,
         t.user_id, t.client_id, t.authorization_id, u.name, u.administrator, u.max_ongoing_calls,
         t.scopes @> ARRAY['call'], t.expires_at
    FROM (VALUES (1)) AS always (one)
    LEFT JOIN access_tokens t ON t.hash = p_hash AND t.expires_at > now()
    LEFT JOIN clients c ON c.id = t.client_id
    LEFT JOIN users u ON u.id = t.user_id
$function$;

CREATE OR REPLACE FUNCTION public.user_disabled()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM end_sessions_and_tokens(NEW.id);
  PERFORM revoke_calls(NEW.id, NULL);
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.user_name_key(p_name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT lower(normalize(p_name, NFKC));
$function$;

CREATE OR REPLACE FUNCTION public.wake_deliveries()
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  parked deliveries;
BEGIN
  UPDATE deliveries SET state = 'due'
   WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                          WHERE state IN ('attempting', 'retrying') AND attempt_at <= now()
                          ORDER BY attempt_at LIMIT 250 FOR UPDATE SKIP LOCKED));
  FOR parked IN
    UPDATE deliveries SET state = 'parked', attempt_at = NULL, ended_at = now()
     WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                            WHERE state = 'paused' AND attempt_at <= now()
                            ORDER BY attempt_at LIMIT 50 FOR UPDATE SKIP LOCKED))
    RETURNING *
  LOOP
    INSERT INTO delivery_attempts (delivery_id, at, milliseconds, problem)
    VALUES (parked.id, now(), 0, 'not sent: the receiver was paused, because it did not answer');
    PERFORM start_next_delivery(ROW (parked.call_id, parked.destination));
  END LOOP;
END
$function$;

-- Users, and the numbers that they may call from.

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL, -- as an administrator entered it
  -- What identifies the user: names are case-insensitive, and keyboards encode the same text differently.
  name_key text NOT NULL GENERATED ALWAYS AS (lower(normalize(name, NFKC))) STORED,
  password_hash text NOT NULL,
  password_change_required boolean NOT NULL DEFAULT false, -- at the next sign-in, because someone else set the password
  administrator boolean NOT NULL DEFAULT false,
  max_ongoing_calls integer NOT NULL CHECK (max_ongoing_calls BETWEEN 0 AND 10000),
  sip_address text, -- SIP URI of the user's phone; NULL: the server's template applies
  last_event_seq bigint NOT NULL DEFAULT 0, -- of call_events
  demo boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz,
  -- The row of an erased user stays, with a random name, because calls refer to it.
  erased_at timestamptz,
  erasure_finished_at timestamptz -- when all calls of the user were stripped
) WITH (fillfactor = 80); -- leaves room for the next version of a row on the same page
CREATE UNIQUE INDEX users_name ON users (name_key);
CREATE INDEX users_erasure ON users (erased_at) WHERE erased_at IS NOT NULL AND erasure_finished_at IS NULL;

CREATE TABLE user_numbers (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  number text NOT NULL, -- E.164
  is_default boolean NOT NULL DEFAULT false,
  PRIMARY KEY (user_id, number)
);
CREATE UNIQUE INDEX user_numbers_default ON user_numbers (user_id) WHERE is_default;

-- Counts of wrong passwords, second factors and user codes of devices. rate-limiter-flexible reads and writes this table.
CREATE TABLE sign_in_attempts (
  key varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);

-- Wrong passwords in a row for a user name, which may not exist, from browsers in which the user has not signed in before.
CREATE TABLE password_failures (
  name_hash bytea PRIMARY KEY, -- SHA-256 of the name
  failures integer NOT NULL,
  failed_at timestamptz NOT NULL -- the last one
);
CREATE INDEX password_failures_expiry ON password_failures (failed_at);

-- Second factors of administrators: authenticator apps and passkeys.
CREATE TABLE second_factors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('totp', 'passkey')),
  name text NOT NULL,
  sealed_secret bytea,
  last_step bigint, -- the time step of the last accepted code; each code works once
  credential_id text UNIQUE,
  public_key bytea,
  counter bigint,
  transports text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  CONSTRAINT second_factors_columns_of_kind CHECK (CASE kind
    WHEN 'totp' THEN num_nulls(sealed_secret, last_step) = 0
    ELSE num_nulls(credential_id, public_key, counter, transports) = 0
  END)
);
CREATE INDEX second_factors_user ON second_factors (user_id);

CREATE TABLE console_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  hash bytea NOT NULL UNIQUE, -- SHA-256 of the token in the browser's cookie
  former_hash bytea UNIQUE, -- of the token before, which a browser keeps if the answer with the new one gets lost
  former_until timestamptz, -- when the former token stops working; NULL until the browser uses the new one
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  second_factor_owed boolean NOT NULL, -- the session gives no access until the second factor is verified
  signed_in_at timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz NOT NULL DEFAULT now(), -- when the user last entered the password or the second factor
  seen_at timestamptz NOT NULL DEFAULT now(), -- the last request
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  challenge text, -- for a passkey to sign; cleared when used
  challenged_at timestamptz,
  sealed_new_secret bytea -- of an authenticator app that is being set up
);
CREATE INDEX console_sessions_user ON console_sessions (user_id);

-- Clients, the grants of users to them, and what was issued under a grant.
-- Deleting a row deletes everything issued under it: client or user > grant > authorization > tokens and codes.

CREATE TABLE clients (
  id text PRIMARY KEY,
  name text NOT NULL,
  classic boolean NOT NULL DEFAULT false,
  secret_hash text,
  origins text[] NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL,
  -- The audience of the client's assertions (private_key_jwt): the issuer, or also the token endpoint.
  assertion_audience text NOT NULL DEFAULT 'issuer' CHECK (assertion_audience IN ('issuer', 'tokenEndpoint')),
  -- If false, an authorization request with a nonce needs no PKCE. Only for clients that authenticate.
  pkce_required boolean NOT NULL DEFAULT true,
  registered_by text NOT NULL DEFAULT 'administrator'
    CHECK (registered_by IN ('administrator', 'commandLine', 'itself', 'document', 'demo')),
  demo boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz -- when removal began: all its tokens are invalid, though some grants may still exist
);
CREATE INDEX clients_origins ON clients USING gin (origins);
CREATE INDEX clients_newest ON clients (created_at DESC, id DESC);

-- Logos of clients, for the consent page: PNG, WebP or JPEG.
CREATE TABLE client_logos (
  client_id text PRIMARY KEY REFERENCES clients ON DELETE CASCADE,
  content bytea NOT NULL
);

-- Tokens with which clients register themselves (RFC 7591). Each registration counts.
CREATE TABLE initial_access_tokens (
  hash text PRIMARY KEY, -- base64url SHA-256 of the token
  registrations_left integer NOT NULL CHECK (registrations_left >= 0),
  expires_at timestamptz NOT NULL
);
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens (expires_at);

-- A user's remembered consent to a client.
CREATE TABLE grants (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  client_id text NOT NULL REFERENCES clients ON DELETE CASCADE,
  scopes text[] NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz, -- when a token was last issued under the grant, accurate to a minute
  PRIMARY KEY (user_id, client_id)
);
CREATE INDEX grants_client ON grants (client_id);

-- One pass through the authorization endpoint (the provider's "Grant"), with its codes and tokens.
CREATE TABLE authorizations (
  id text PRIMARY KEY,
  user_id uuid NOT NULL,
  client_id text NOT NULL,
  payload jsonb NOT NULL,
  second_factor boolean NOT NULL DEFAULT false, -- whether the browser that granted it had verified a second factor
  expires_at timestamptz NOT NULL,
  FOREIGN KEY (user_id, client_id) REFERENCES grants ON DELETE CASCADE
);
CREATE INDEX authorizations_grant ON authorizations (user_id, client_id);
CREATE INDEX authorizations_expiry ON authorizations (expires_at);

-- Access tokens have their own columns, so that one look-up by the token's SHA-256 checks a request.
CREATE TABLE access_tokens (
  hash bytea PRIMARY KEY,
  model text NOT NULL CHECK (model IN ('AccessToken', 'ClientCredentials')),
  user_id uuid REFERENCES users ON DELETE CASCADE,
  client_id text NOT NULL REFERENCES clients ON DELETE CASCADE,
  authorization_id text REFERENCES authorizations ON DELETE CASCADE,
  scopes text[] NOT NULL,
  jkt text, -- thumbprint of the key that the token is bound to (DPoP)
  resource text, -- the one API that the token is for (RFC 8707); NULL: every API that its scopes reach
  payload jsonb NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX access_tokens_user ON access_tokens (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX access_tokens_client ON access_tokens (client_id);
CREATE INDEX access_tokens_authorization ON access_tokens (authorization_id) WHERE authorization_id IS NOT NULL;
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

-- Other data of the OAuth provider: codes, refresh tokens, sessions, interactions, pushed requests.
CREATE TABLE artifacts (
  model text NOT NULL,
  id text NOT NULL,
  user_id uuid REFERENCES users ON DELETE CASCADE,
  authorization_id text REFERENCES authorizations ON DELETE CASCADE,
  uid text, -- of a session; of an interaction: what all interactions of one authorization request share
  user_code text,
  payload jsonb NOT NULL,
  consumed_at timestamptz, -- the first use
  successors integer NOT NULL DEFAULT 0, -- of a refresh token: how many it was exchanged for
  -- Of a device code: when its device last asked for tokens, and how many seconds it has to wait in between.
  polled_at timestamptz,
  poll_interval integer,
  expires_at timestamptz,
  PRIMARY KEY (model, id)
) WITH (fillfactor = 80); -- as above: refresh tokens are marked as used
CREATE INDEX artifacts_user ON artifacts (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX artifacts_authorization ON artifacts (authorization_id) WHERE authorization_id IS NOT NULL;
CREATE INDEX artifacts_uid ON artifacts (model, uid) WHERE uid IS NOT NULL;
CREATE UNIQUE INDEX artifacts_user_code ON artifacts (user_code) WHERE user_code IS NOT NULL;
CREATE INDEX artifacts_expiry ON artifacts (expires_at);

-- Logout tokens to send: a session has ended, and an application wants to know (OpenID Connect Back-Channel Logout 1.0). A row is
-- deleted when its application has accepted the token, or after the last attempt. No foreign keys: the end of a session waits
-- for no lock on a client.
CREATE TABLE logout_notices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id text NOT NULL,
  user_id uuid NOT NULL,
  sid text NOT NULL, -- the session, as ID tokens for the client name it
  attempts integer NOT NULL DEFAULT 0, -- including one under way
  attempt_at timestamptz NOT NULL DEFAULT now(), -- the next attempt; during one: when it counts as lost
  UNIQUE (client_id, sid)
);
CREATE INDEX logout_notices_due ON logout_notices (client_id, attempt_at);

-- Recent DPoP proofs and client assertions: each works once (RFC 9449 section 11.1, RFC 7523 section 3).
CREATE TABLE used_proofs (
  hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_proofs_expiry ON used_proofs (expires_at);

-- Keys that all nodes share, oldest first. A set signs only after all nodes have had time to read it.
CREATE TABLE key_sets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  signing_keys jsonb NOT NULL,
  cookie_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Calls.

-- Server processes. A node that has not been seen for some time counts as dead; another node adopts its calls.
CREATE TABLE nodes (
  id uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT now(),
  since timestamptz NOT NULL DEFAULT now(), -- start of the period in which the node was seen without interruption
  carriers text[] NOT NULL DEFAULT '{}', -- the carriers whose calls it can hold
  bound_address text -- an address that one process at a time can listen at, with its machine and network; NULL: none
);

-- The functions are installed after the tables, but the constraint of calls needs this one: a first text, which is replaced then.
CREATE FUNCTION is_consistent_call(state text, reason text, ended_by text, cause_leg text, recording_result text, sink text,
                                   sink_correlator text, connected_at timestamptz, ended_at timestamptz)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN RETURN false; END $$;

-- All calls. A stripped call has no numbers and no texts of its client; clients cannot find it.
CREATE TABLE calls (
  id text PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  client_id text NOT NULL,
  caller text, -- E.164; NULL: the user has no number
  callee text NOT NULL, -- E.164; '' of a stripped call
  state text NOT NULL,
  reason text,
  ended_by text,
  cause_leg text, -- this and the next three: what the carrier knows about the end
  sip_status integer,
  q850_cause integer,
  cause_text text,
  carrier text NOT NULL,
  node_id uuid, -- the node that signals the call; NULL for the carrier `session`
  costs boolean NOT NULL DEFAULT false, -- the call costs money
  ring_timeout integer NOT NULL, -- seconds that each phone may ring
  time_limit integer NOT NULL, -- seconds from connection
  deadline_at timestamptz NOT NULL, -- when the sweep ends the call
  created_at timestamptz NOT NULL,
  caller_answered_at timestamptz,
  connected_at timestamptz, -- when the callee answered: the time limit starts here
  ended_at timestamptz,
  client_reference text,
  metadata jsonb NOT NULL DEFAULT '{}',
  recording_enabled boolean NOT NULL DEFAULT false,
  recording_failed_at timestamptz, -- a recording can fail while the call is ongoing
  recording_result text,
  sink text,
  sink_token bytea, -- sealed
  sink_token_expires_at timestamptz,
  sink_correlator text, -- of the request that opened the call
  stripped_at timestamptz,
  uncarried_since timestamptz, -- since when no running node can carry the call
  CONSTRAINT calls_consistent CHECK (
    is_consistent_call(state, reason, ended_by, cause_leg, recording_result, sink, sink_correlator, connected_at, ended_at))
);
-- A user's ongoing calls, which every opening counts.
CREATE INDEX calls_ongoing ON calls (user_id) WHERE ended_at IS NULL;
-- `id <> ''` is always true, and only the sweep has this condition. Without it the planner could choose this index to count a
-- user's ongoing calls: if there were no ongoing calls when it planned, both indexes look equally small.
CREATE INDEX calls_deadline ON calls (deadline_at) WHERE ended_at IS NULL AND id <> '';
CREATE INDEX calls_node ON calls (node_id) WHERE ended_at IS NULL AND node_id IS NOT NULL;
-- Only the list of all calls has the condition `id <> ''`. Without it the planner, which assumes that matching calls are spread
-- evenly, would find the calls of a user who left long ago by reading all calls since then.
CREATE INDEX calls_newest ON calls (created_at DESC, id DESC) WHERE id <> '';
CREATE INDEX calls_user_newest ON calls (user_id, created_at DESC, id DESC);
CREATE INDEX calls_client_newest ON calls (client_id, created_at DESC, id DESC);
-- Searches in the history. Each has an index that returns its calls newest first, so the cost of a page depends neither on how
-- rare its calls are nor on how deep it is. These indexes contain only ended calls, so only the end of a call writes to them;
-- calls_ongoing finds the few ongoing calls. They do not include the id, which only orders calls of the same microsecond.
CREATE INDEX calls_caller ON calls (caller, created_at DESC) WHERE ended_at IS NOT NULL AND caller IS NOT NULL;
CREATE INDEX calls_callee ON calls (callee, created_at DESC) WHERE ended_at IS NOT NULL AND callee <> '';
CREATE INDEX calls_reference ON calls (client_reference, created_at DESC)
  WHERE ended_at IS NOT NULL AND client_reference IS NOT NULL;
CREATE INDEX calls_outcome ON calls (reason, state, created_at DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX calls_sip_status ON calls (sip_status, created_at DESC) WHERE sip_status IS NOT NULL;
CREATE INDEX calls_q850_cause ON calls (q850_cause, created_at DESC) WHERE q850_cause IS NOT NULL;
-- For statistics and retention.
CREATE INDEX calls_ended ON calls (ended_at) WHERE ended_at IS NOT NULL;
-- For the talk time of a user in calls that cost money.
CREATE INDEX calls_talked ON calls (user_id, ended_at) INCLUDE (connected_at)
  WHERE costs AND connected_at IS NOT NULL AND ended_at IS NOT NULL;

-- The outcome of a call that ended without an answer, by disconnection reason. The function call_outcome reads this table.
CREATE TABLE call_outcomes (
  reason text PRIMARY KEY,
  outcome text NOT NULL
);
INSERT INTO call_outcomes (reason, outcome) VALUES
  ('callerBusy', 'busy'),
  ('calleeBusy', 'busy'),
  ('callerNoAnswer', 'noAnswer'),
  ('calleeNoAnswer', 'noAnswer'),
  ('hangUp', 'abandoned'),
  ('callerAbandon', 'abandoned'),
  ('callerDeclined', 'declined'),
  ('calleeDeclined', 'declined'),
  ('callerNotRegistered', 'failed'),
  ('calleeNotRegistered', 'failed'),
  ('callerForbidden', 'failed'),
  ('calleeForbidden', 'failed'),
  ('callerWrongNumber', 'failed'),
  ('calleeWrongNumber', 'failed'),
  ('callerFailure', 'failed'),
  ('calleeFailure', 'failed'),
  ('noCommonMedia', 'failed'),
  ('networkFailure', 'failed'),
  ('other', 'other');

-- One row per transition of a call, written in the transaction of the transition. `seq` numbers the events of a user without
-- gaps, in commit order, because it is assigned under the lock on the user's row.
CREATE TABLE call_events (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  seq bigint NOT NULL,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  call_id text NOT NULL REFERENCES calls ON DELETE CASCADE,
  state text NOT NULL,
  reason text,
  ended_by text,
  at timestamptz NOT NULL,
  PRIMARY KEY (user_id, seq)
);
CREATE INDEX call_events_call ON call_events (call_id, seq);

-- The answers to requests with an Idempotency-Key, for 24 hours.
CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  client_id text NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL, -- of the request
  call jsonb NOT NULL, -- the call as it was opened
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, client_id, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- State that another process needs to continue or end a leg of a call. Written before the phone can ring, deleted when the
-- phone has confirmed the end.
CREATE TABLE carried_legs (
  call_id text NOT NULL REFERENCES calls ON DELETE CASCADE,
  leg text NOT NULL CHECK (leg IN ('caller', 'callee')),
  carrier text NOT NULL,
  node_id uuid NOT NULL,
  attempt text NOT NULL, -- a leg has several rows while several servers may answer its INVITE
  -- Seconds after which the phone ends the leg if the session is not refreshed; NULL: it never does
  session_interval integer,
  saved jsonb NOT NULL,
  PRIMARY KEY (call_id, attempt)
);
CREATE INDEX carried_legs_node ON carried_legs (node_id);
-- The leg of a phone's request.
CREATE INDEX carried_legs_sip_call ON carried_legs ((saved->>'callId'));

-- Which message flow works with a phone or trunk that refuses the default one (src/carriers/sip/flow-memory.ts).
CREATE TABLE sip_flows (
  target text PRIMARY KEY, -- the SIP address of a user's phone, or sip: and the host of callees
  user_id uuid REFERENCES users ON DELETE CASCADE, -- of a user's phone
  flow text NOT NULL CHECK (flow IN ('delayed-offer', 'early-offer')),
  learned_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sip_flows_user ON sip_flows (user_id);
CREATE INDEX sip_flows_expiry ON sip_flows (expires_at);

-- Recordings to remove from the carrier, because their call was removed or stripped. The row is deleted when that is done.
CREATE TABLE recordings_to_remove (
  call_id text PRIMARY KEY,
  carrier text NOT NULL
);

-- Deliveries of events: to the sink of a call (CAMARA), and to the webhooks of the call's client.

CREATE TABLE webhooks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  client_id text NOT NULL, -- no foreign key: the expiry sweep deletes the webhook after the client
  url text NOT NULL,
  events text[], -- the states of calls that it reports; NULL: all
  secret bytea NOT NULL, -- sealed, like old_secret
  old_secret bytea,
  old_secret_until timestamptz, -- until then messages are signed with both secrets
  created_at timestamptz NOT NULL DEFAULT now(),
  tested_at timestamptz[] NOT NULL DEFAULT '{}', -- when test events were sent or resent within the last minute, for their limit
  disabled_at timestamptz, -- it gets no events from then on, until it is enabled
  disabled_reason text CHECK (disabled_reason IN ('receiverGone', 'requested')),
  removed_at timestamptz, -- hidden from then on; the expiry sweep deletes the webhook and its deliveries
  CONSTRAINT webhooks_disabled CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE INDEX webhooks_client ON webhooks (client_id) WHERE removed_at IS NULL;
CREATE INDEX webhooks_removed ON webhooks (removed_at) WHERE removed_at IS NOT NULL;

-- One event for one destination. The deliveries of one call to one destination are a lane: they are attempted one after the
-- other, in the order of their ids. Test events belong to no call and to no lane.
--   behind:      an earlier delivery of its lane is not finished
--   due:         an attempt starts as soon as there is a place for it
--   attempting:  a node attempts it
--   retrying:    its last attempt failed, and it waits for the next one
--   paused:      its receiver does not answer, and it waits until the receiver does
--   delivered, parked (failed or paused for three days), stopped (failed permanently): finished
CREATE TABLE deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid REFERENCES call_events (id) ON DELETE CASCADE, -- NULL: a test event
  test_id uuid, -- the id of a test event
  call_id text, -- NULL: a test event
  client_id text COLLATE "C" NOT NULL,
  webhook_id uuid, -- NULL: the call's sink. A foreign key would make calls wait for a lock on the webhook
  destination text COLLATE "C" NOT NULL, -- the host, a space, and the id of the webhook or the scheme and authority of the sink
  state text NOT NULL DEFAULT 'due'
    CHECK (state IN ('behind', 'due', 'attempting', 'retrying', 'paused', 'delivered', 'parked', 'stopped')),
  attempt_at timestamptz DEFAULT now(), -- due: since then; retrying: due then; attempting: due then, because the attempt is lost; paused: parked then
  failures integer NOT NULL DEFAULT 0, -- since the delivery was created or resent, like tried_since
  tried_since timestamptz, -- the first attempt, or when the delivery was first paused; NULL before it
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT deliveries_test CHECK ((event_id IS NULL) = (test_id IS NOT NULL) AND (event_id IS NULL) = (call_id IS NULL)),
  CONSTRAINT deliveries_attempt_at CHECK ((state IN ('due', 'attempting', 'retrying', 'paused')) = (attempt_at IS NOT NULL)),
  CONSTRAINT deliveries_ended_state CHECK ((state IN ('delivered', 'parked', 'stopped')) = (ended_at IS NOT NULL))
);
-- Names a lane. A type of its own, because all text parameters of a function have one collation, and the columns have two: a
-- comparison in the wrong one uses no index.
CREATE TYPE lane AS (call_id text, destination text COLLATE "C");
CREATE INDEX deliveries_due ON deliveries (client_id, destination, attempt_at) WHERE state = 'due';
CREATE INDEX deliveries_waiting ON deliveries (attempt_at) WHERE state IN ('attempting', 'retrying');
CREATE INDEX deliveries_parking ON deliveries (attempt_at) WHERE state = 'paused';
CREATE INDEX deliveries_deferred ON deliveries (client_id, state, destination) WHERE state IN ('retrying', 'paused');
CREATE UNIQUE INDEX deliveries_attempting ON deliveries (client_id, destination, call_id) WHERE state = 'attempting'; -- one of each lane
CREATE INDEX deliveries_event ON deliveries (event_id);
CREATE INDEX deliveries_call ON deliveries (call_id, id DESC);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id DESC);
CREATE INDEX deliveries_client ON deliveries (client_id, id DESC);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- Circuit breakers. A client's receiver, which is a host, gets a row when it does not answer an attempt in time. The row is deleted when the
-- receiver answers. Each client has its own circuits: no client can stop the deliveries of another one.
CREATE TABLE delivery_circuits (
  client_id text COLLATE "C",
  host text COLLATE "C",
  timeouts integer NOT NULL, -- in a row
  last_timeout_at timestamptz NOT NULL,
  opened_at timestamptz, -- NULL: closed
  pause interval, -- the current one; doubles with each probe that times out
  paused_until timestamptz, -- then one delivery is attempted, as a probe; during a probe: when it counts as lost
  probe_id bigint, -- the delivery that is the next probe, or the current one
  resume_at timestamptz, -- when paused deliveries can become due; NULL: none is paused
  PRIMARY KEY (client_id, host),
  CONSTRAINT delivery_circuits_open CHECK ((opened_at IS NULL) = (pause IS NULL) AND (opened_at IS NULL) = (paused_until IS NULL))
);
CREATE INDEX delivery_circuits_resume ON delivery_circuits (resume_at);
CREATE INDEX delivery_circuits_last_timeout ON delivery_circuits (last_timeout_at);

CREATE TABLE delivery_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id bigint NOT NULL REFERENCES deliveries ON DELETE CASCADE,
  at timestamptz NOT NULL,
  milliseconds integer NOT NULL,
  status integer, -- of the HTTP response; NULL if there was none
  problem text -- NULL if the attempt succeeded
);
CREATE INDEX delivery_attempts_delivery ON delivery_attempts (delivery_id, id);

-- Records.

-- Security-relevant acts: sign-ins, permissions, limits, secrets, calls ended by administrators. Append-only.
-- Users appear only by id, so that an erased user cannot be identified. Phone numbers are never stored here.
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL CHECK (actor IN ('user', 'administrator', 'application', 'commandLine', 'server', 'unknown')),
  actor_user_id uuid, -- no foreign keys: the log outlives what it describes
  actor_client_id text, -- the client that acted, or through which the user acted
  ip_address text,
  action text NOT NULL,
  user_id uuid, -- the user concerned
  client_id text,
  subject text, -- what else is concerned, such as the id of a call
  details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_newest ON audit_log (at DESC, id DESC);
CREATE INDEX audit_log_action ON audit_log (action, at DESC, id DESC);
CREATE INDEX audit_log_user ON audit_log (user_id, at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX audit_log_actor ON audit_log (actor_user_id, at DESC, id DESC) WHERE actor_user_id IS NOT NULL;
CREATE INDEX audit_log_client ON audit_log (client_id, at DESC, id DESC) WHERE client_id IS NOT NULL;

-- Statistics. A UTC day is counted once, when it is over; its calls may be removed afterwards. A call belongs to the day on
-- which it ended, because no call can end on a past day.
CREATE TABLE counted_days (
  day date PRIMARY KEY
);
CREATE TABLE ending_days (
  day date NOT NULL REFERENCES counted_days,
  answered boolean NOT NULL, -- by both phones
  reason text NOT NULL,
  calls bigint NOT NULL,
  PRIMARY KEY (day, answered, reason)
);
-- Time until both phones had answered, in whole tenths of a second.
CREATE TABLE connect_time_days (
  day date NOT NULL REFERENCES counted_days,
  tenths integer NOT NULL,
  calls bigint NOT NULL,
  PRIMARY KEY (day, tenths)
);

-- Runs of retention, each for all calls that ended before a day.
CREATE TABLE retention_runs (
  ended_before timestamptz NOT NULL,
  action text NOT NULL CHECK (action IN ('remove', 'strip')),
  calls bigint NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  PRIMARY KEY (action, ended_before)
);

-- The brand of the company that runs the server: one row, which administrators change. NULL: not set.
CREATE TABLE brand (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  name text,
  accent text, -- #rrggbb
  accent_dark text,
  support jsonb, -- a link: text and url
  legal jsonb NOT NULL DEFAULT '[]', -- links
  logo bytea, -- PNG, WebP or JPEG, as are the other images
  logo_dark bytea,
  favicon bytea,
  version integer NOT NULL DEFAULT 0 -- counts the changes
);
INSERT INTO brand DEFAULT VALUES;

-- Digests of the installed functions and triggers, and the schema version of the node that installed them. A node with an older
-- schema version does not replace them.
CREATE TABLE installed_sql (
  part text PRIMARY KEY CHECK (part IN ('functions', 'triggers')),
  schema_version integer NOT NULL,
  digest text NOT NULL -- SHA-256 of the files, in hexadecimal digits
);

-- The tables of the home-made call service, filled with the users and calls of the benchmark. Only its own indexes cost it time.
CREATE SCHEMA peer;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = peer, public', current_database()); END $$;

CREATE TABLE peer.users (id uuid PRIMARY KEY, number text NOT NULL, max_ongoing_calls integer NOT NULL) WITH (fillfactor = 80);
INSERT INTO peer.users SELECT id, number, max_ongoing_calls FROM users JOIN user_numbers ON user_id = id;

CREATE TABLE peer.tokens (
  hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES peer.users,
  client_id text NOT NULL,
  scopes text[] NOT NULL,
  expires_at timestamptz NOT NULL
);
INSERT INTO peer.tokens SELECT hash, user_id, client_id, scopes, expires_at FROM access_tokens WHERE user_id IN (SELECT id FROM peer.users);

CREATE TABLE peer.calls (
  id text PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES peer.users,
  client_id text NOT NULL,
  caller text NOT NULL,
  callee text NOT NULL,
  state text NOT NULL,
  reason text,
  ended_by text,
  ring_timeout integer NOT NULL DEFAULT 60,
  time_limit integer NOT NULL DEFAULT 14400,
  deadline_at timestamptz NOT NULL,
  client_reference text,
  created_at timestamptz NOT NULL,
  connected_at timestamptz,
  ended_at timestamptz
);
INSERT INTO peer.calls
SELECT id, user_id, client_id, caller, callee, state, reason, ended_by, ring_timeout, time_limit, deadline_at, client_reference,
       created_at, connected_at, ended_at
  FROM calls;
CREATE INDEX calls_ongoing ON peer.calls (user_id) WHERE ended_at IS NULL;

-- Opens a call, unless the limit is reached. One transaction: each statement of a function has its own snapshot, so the count sees
-- every call that was committed before the lock was granted. No row: the token may not open a call of this caller. No `opened_at`:
-- the limit is reached.
CREATE FUNCTION peer.open_call(p_token bytea, p_id text, p_caller text, p_callee text, OUT client_id text,
                               OUT max_ongoing_calls integer, OUT ongoing_calls integer, OUT opened_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql
AS $$
DECLARE
  caller_id uuid;
BEGIN
  SELECT u.id, t.client_id, u.max_ongoing_calls INTO caller_id, client_id, max_ongoing_calls
    FROM peer.tokens t JOIN peer.users u ON u.id = t.user_id
   WHERE t.hash = p_token AND t.expires_at > now() AND 'call' = ANY (t.scopes) AND u.number = p_caller
     FOR UPDATE OF u;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT count(*) INTO ongoing_calls FROM peer.calls c WHERE c.user_id = caller_id AND c.ended_at IS NULL;
  IF ongoing_calls < max_ongoing_calls THEN
    opened_at := clock_timestamp();
    INSERT INTO peer.calls (id, user_id, client_id, caller, callee, state, created_at, connected_at, deadline_at)
    VALUES (p_id, caller_id, client_id, p_caller, p_callee, 'connected', opened_at, opened_at, opened_at + interval '4 hours');
  END IF;
  RETURN NEXT;
END
$$;

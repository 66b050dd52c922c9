-- What is kept of calls afterwards: searched, counted, told to whom it concerns, and in time removed or stripped of numbers.

-- Of a stripped call the numbers and what its client wrote on it are gone; its callee is ''. Clients find it no more.
ALTER TABLE calls ADD COLUMN stripped_at timestamptz;

-- Who is erased keeps a row, under a name that says nothing, since the record of calls refers to it.
ALTER TABLE users
  ADD COLUMN erased_at timestamptz,
  ADD COLUMN erasure_finished_at timestamptz; -- all calls are stripped
CREATE INDEX users_erasure ON users (erased_at) WHERE erased_at IS NOT NULL AND erasure_finished_at IS NULL;

-- How the history is searched. Each search has one index that gives its calls newest first, so that a page costs the same
-- however rare its calls are and however deep it lies. The ones below hold ended calls alone: opening a call and moving it
-- on writes to none of them, ending it, which writes a new version of the row anyway, to all. The few ongoing calls are
-- found by calls_ongoing. None has the id: it decides among calls of one microsecond, which are sorted as they are read.
CREATE INDEX calls_caller ON calls (caller, created_at DESC) WHERE ended_at IS NOT NULL AND caller IS NOT NULL;
CREATE INDEX calls_callee ON calls (callee, created_at DESC) WHERE ended_at IS NOT NULL AND callee <> '';
CREATE INDEX calls_reference ON calls (client_reference, created_at DESC)
  WHERE ended_at IS NOT NULL AND client_reference IS NOT NULL;
CREATE INDEX calls_outcome ON calls (reason, state, created_at DESC) WHERE ended_at IS NOT NULL;
-- For what goes by the time of the end: statistics and retention.
CREATE INDEX calls_ended ON calls (ended_at) WHERE ended_at IS NOT NULL;

-- The list of all calls says `id <> ''`, which is always so, and no other search does: else the planner, who takes a filter's
-- calls to lie evenly among all, would look for those of a user who left long ago by reading all calls since.
DROP INDEX calls_newest;
CREATE INDEX calls_newest ON calls (created_at DESC, id DESC) WHERE id <> '';

-- What became of a call, for people to count.
CREATE FUNCTION call_outcome(p_connected_at timestamptz, p_reason text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT CASE
           WHEN p_connected_at IS NOT NULL THEN 'answered'
           WHEN p_reason IN ('callerBusy', 'calleeBusy') THEN 'busy'
           WHEN p_reason IN ('callerNoAnswer', 'calleeNoAnswer') THEN 'noAnswer'
           WHEN p_reason IN ('hangUp', 'callerAbandon') THEN 'abandoned'
           WHEN p_reason IN ('callerFailure', 'calleeFailure') THEN 'failed'
           ELSE 'other'
         END
$$;

-- Days of UTC that are over, counted once and for all: what is counted here may be removed. A call belongs to the day on
-- which it ended, since nothing can end on a day that is over.
CREATE TABLE counted_days (
  day date PRIMARY KEY
);
CREATE TABLE outcome_days (
  day date NOT NULL REFERENCES counted_days,
  outcome text NOT NULL,
  calls bigint NOT NULL,
  PRIMARY KEY (day, outcome)
);
-- How long it took until both had answered, in tenths of a second, cut; of calls that some carrier made.
CREATE TABLE connect_time_days (
  day date NOT NULL REFERENCES counted_days,
  tenths integer NOT NULL,
  calls bigint NOT NULL,
  PRIMARY KEY (day, tenths)
);

CREATE FUNCTION outcomes_between(p_from timestamptz, p_to timestamptz)
RETURNS TABLE (day date, outcome text, calls bigint)
LANGUAGE sql STABLE
AS $$
  SELECT (c.ended_at AT TIME ZONE 'UTC')::date, call_outcome(c.connected_at, c.reason), count(*)
    FROM calls c WHERE c.ended_at >= p_from AND c.ended_at < p_to GROUP BY 1, 2
$$;

CREATE FUNCTION connect_times_between(p_from timestamptz, p_to timestamptz)
RETURNS TABLE (day date, tenths integer, calls bigint)
LANGUAGE sql STABLE
AS $$
  SELECT (c.ended_at AT TIME ZONE 'UTC')::date, floor(extract(epoch FROM c.connected_at - c.created_at) * 10)::integer, count(*)
    FROM calls c
   WHERE c.ended_at >= p_from AND c.ended_at < p_to AND c.connected_at IS NOT NULL AND c.carrier <> 'session'
   GROUP BY 1, 2
$$;

-- By whichever node comes first; once it is done, it stays as it is.
CREATE FUNCTION count_day(p_day date) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  since timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  until timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  INSERT INTO counted_days (day) VALUES (p_day) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO outcome_days SELECT * FROM outcomes_between(since, until);
    INSERT INTO connect_time_days SELECT * FROM connect_times_between(since, until);
  END IF;
END
$$;

-- Takes from ended calls all that says who spoke with whom, or what about. What was not delivered by then is not any more.
CREATE FUNCTION strip_calls(p_ids text[]) RETURNS void
LANGUAGE sql
AS $$
  DELETE FROM deliveries WHERE call_id = ANY (p_ids);
  UPDATE calls
     SET caller = NULL, callee = '', client_reference = NULL, metadata = '{}',
         sink = NULL, sink_token = NULL, sink_token_expires_at = NULL, stripped_at = now()
   WHERE id = ANY (p_ids) AND ended_at IS NOT NULL AND stripped_at IS NULL
$$;

-- What retention did: all calls that ended before a day.
CREATE TABLE retention_runs (
  ended_before timestamptz NOT NULL,
  action text NOT NULL CHECK (action IN ('remove', 'strip')),
  calls bigint NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  PRIMARY KEY (action, ended_before)
);

-- As before; besides, no token reaches a stripped call.
CREATE OR REPLACE FUNCTION end_own_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_id text)
RETURNS TABLE (refusal text, reached boolean, ended calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_scopes);
  refusal := entitled.refusal;
  IF refusal IS NULL THEN
    reached := EXISTS (SELECT FROM calls c
                      WHERE c.id = p_id AND c.user_id = entitled.user_id AND c.stripped_at IS NULL
                        AND (entitled.all_calls OR c.client_id = entitled.client_id));
    IF reached THEN
      SELECT moved.* INTO ended FROM move_call(p_id, 'disconnected', 'hangUp', 'client') AS moved;
    END IF;
  END IF;
  RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION renew_own_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_id text,
                                          p_lease integer)
RETURNS TABLE (refusal text, user_name text, reached calls, renewed calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_scopes);
  refusal := entitled.refusal;
  user_name := entitled.user_name;
  IF refusal IS NULL THEN
    PERFORM FROM users u WHERE u.id = entitled.user_id FOR NO KEY UPDATE; -- the sweeper decides under this lock, too
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
$$;

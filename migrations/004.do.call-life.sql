-- The life of a call: what may follow what, until when it may go on, and one event for each change.

ALTER TABLE users ADD COLUMN last_event_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE users SET (fillfactor = 80); -- room for the next version of the row on the same page

-- Its removal has begun: it counts as gone, with all its tokens, though its grants are still being withdrawn.
ALTER TABLE clients ADD COLUMN removed_at timestamptz;

-- Processes that hold phones. One that is not seen for a while is dead, and others take over its calls.
CREATE TABLE nodes (
  id uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT now(),
  since timestamptz NOT NULL DEFAULT now() -- seen without a break
);

ALTER TABLE calls
  ADD COLUMN carrier text NOT NULL DEFAULT 'session',
  ADD COLUMN node_id uuid, -- whose carrier holds the phones; NULL where nothing is signalled
  ADD COLUMN ring_timeout integer NOT NULL DEFAULT 60,  -- seconds, each phone
  ADD COLUMN time_limit integer NOT NULL DEFAULT 14400, -- seconds from connection
  ADD COLUMN deadline_at timestamptz,
  ADD COLUMN client_reference text,
  ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN recording_enabled boolean NOT NULL DEFAULT false,
  ADD COLUMN recording_result text CHECK (recording_result IN ('success', 'noRecord', 'fail')),
  ADD COLUMN sink text,
  ADD COLUMN sink_token bytea, -- sealed
  ADD COLUMN sink_token_expires_at timestamptz,
  DROP CONSTRAINT calls_ended_by_check,
  ADD CONSTRAINT calls_ended_by_check CHECK (ended_by IN ('client', 'carrier', 'sweeper', 'administrator', 'revocation'));
UPDATE calls SET deadline_at = created_at + time_limit * interval '1 second';
ALTER TABLE calls
  ALTER COLUMN carrier DROP DEFAULT,
  ALTER COLUMN ring_timeout DROP DEFAULT,
  ALTER COLUMN time_limit DROP DEFAULT,
  ALTER COLUMN deadline_at SET NOT NULL,
  ADD CONSTRAINT calls_disconnected_check
    CHECK (state <> 'disconnected' OR reason IN ('hangUp', 'callerBusy', 'callerAbandon', 'calleeBusy', 'other')),
  ADD CONSTRAINT calls_failed_check
    CHECK (state <> 'failed' OR connected_at IS NULL
           AND reason IN ('callerNoAnswer', 'callerFailure', 'calleeNoAnswer', 'calleeFailure', 'other'));
CREATE INDEX calls_deadline ON calls (deadline_at) WHERE ended_at IS NULL;
CREATE INDEX calls_node ON calls (node_id) WHERE ended_at IS NULL AND node_id IS NOT NULL;

-- One row for each transition of a call, written in the transaction that makes it. `seq` counts the events of a user,
-- without gaps, in the order of their commits: it is given under the lock on the user's row.
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

-- Where an event is to be delivered besides the log.
CREATE FUNCTION queue_deliveries(p_event call_events) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
END
$$;

-- One event for each of the calls, all of one user, on whose row the caller holds the lock.
CREATE FUNCTION append_call_events(p_calls calls[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  last_seq bigint;
  appended call_events[];
BEGIN
  UPDATE users SET last_event_seq = last_event_seq + cardinality(p_calls) WHERE id = p_calls[1].user_id
  RETURNING last_event_seq - cardinality(p_calls) INTO last_seq;
  WITH events AS (
    INSERT INTO call_events (user_id, seq, call_id, state, reason, ended_by, at)
    SELECT c.user_id, last_seq + c.ordinality, c.id, c.state, c.reason, c.ended_by,
           coalesce(c.ended_at,
                    CASE c.state WHEN 'initiating' THEN c.created_at WHEN 'connected' THEN c.connected_at END,
                    clock_timestamp())
      FROM unnest(p_calls) WITH ORDINALITY AS c
     ORDER BY c.ordinality
    RETURNING call_events AS event
  ) SELECT array_agg(event ORDER BY (event).seq) INTO appended FROM events;
  PERFORM queue_deliveries(event) FROM unnest(appended) AS event;
END
$$;

CREATE FUNCTION append_call_event(p_call calls) RETURNS void
LANGUAGE sql
AS $$
  SELECT append_call_events(ARRAY[p_call])
$$;

-- A call goes forward, may leave out steps, and ends once; whatever comes late, twice or out of order changes nothing.
CREATE FUNCTION may_follow(p_from text, p_to text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
  SELECT p_from NOT IN ('disconnected', 'failed')
     AND array_position(ARRAY['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'], p_to)
       > array_position(ARRAY['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'], p_from)
$$;

-- The one place that writes what a change of state writes, for any number of calls of one user, on whose row the caller
-- holds the lock. Returns the calls as they are then, without those where the change may not follow, and without those held
-- by another node than p_node_id (NULL: whoever holds them).
-- A call that was connected cannot fail any more: its end is `disconnected`, for whatever reason.
-- The ringing deadline has a few seconds on top of the timeout: the carrier, which can say more, comes first.
CREATE FUNCTION move_calls(p_ids text[], p_state text, p_reason text, p_ended_by text, p_node_id uuid DEFAULT NULL)
RETURNS SETOF calls
LANGUAGE plpgsql
AS $$
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
           connected_at = CASE WHEN p_state = 'connected' THEN at ELSE c.connected_at END,
           ended_at = CASE WHEN ending THEN at END,
           recording_result = CASE WHEN ending AND c.recording_enabled
                                   THEN CASE WHEN c.connected_at IS NULL THEN 'noRecord' ELSE 'success' END END,
           deadline_at = CASE WHEN ending THEN c.deadline_at
                              WHEN p_state = 'connected' THEN at + c.time_limit * interval '1 second'
                              ELSE at + (c.ring_timeout + 5) * interval '1 second' END
     WHERE c.id = ANY (p_ids) AND may_follow(c.state, p_state) AND (p_node_id IS NULL OR c.node_id = p_node_id)
    RETURNING c AS call
  ) SELECT array_agg(call ORDER BY (call).created_at, (call).id) INTO moved FROM changed;
  IF moved IS NOT NULL THEN
    PERFORM append_call_events(moved);
    RETURN QUERY SELECT * FROM unnest(moved);
  END IF;
END
$$;

-- The same for one call, whoever's it is, with the lock.
CREATE FUNCTION move_call(p_id text, p_state text, p_reason text DEFAULT NULL, p_ended_by text DEFAULT NULL,
                          p_node_id uuid DEFAULT NULL)
RETURNS SETOF calls
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM users WHERE id = (SELECT user_id FROM calls WHERE calls.id = p_id) FOR NO KEY UPDATE;
  RETURN QUERY SELECT * FROM move_calls(ARRAY[p_id], p_state, p_reason, p_ended_by, p_node_id);
END
$$;

-- Ends what is past its deadline, at most p_most calls. One node at a time: a second finds the lock taken and leaves it.
-- A user whose row is locked just now is left for the next sweep, and so is a call that is locked, or cannot be ended for
-- whatever reason, so that one of them cannot hold up the others; that is why the overdue calls are counted as they are
-- ended, not as they are found. OTHERS leaves out query_canceled: the statement's timeout ends the sweep all the same.
CREATE FUNCTION sweep_overdue_calls(p_most integer)
RETURNS SETOF calls
LANGUAGE plpgsql
SET lock_timeout = '100ms'
AS $$
DECLARE
  overdue record;
  was text;
  moved calls;
  ended integer := 0;
  busy uuid[] := '{}';
BEGIN
  IF NOT pg_try_advisory_xact_lock(7225529004) THEN
    RETURN;
  END IF;
  FOR overdue IN
    SELECT id, user_id FROM calls WHERE ended_at IS NULL AND deadline_at <= clock_timestamp() ORDER BY deadline_at
  LOOP
    EXIT WHEN ended = p_most;
    CONTINUE WHEN overdue.user_id = ANY (busy);
    PERFORM FROM users WHERE id = overdue.user_id FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      busy := busy || overdue.user_id;
      CONTINUE;
    END IF;
    SELECT state INTO was FROM calls
     WHERE id = overdue.id AND ended_at IS NULL AND deadline_at <= clock_timestamp() FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    BEGIN
      SELECT * INTO moved FROM move_calls(
        ARRAY[overdue.id],
        CASE was WHEN 'connected' THEN 'disconnected' ELSE 'failed' END,
        CASE was WHEN 'callingCaller' THEN 'callerNoAnswer' WHEN 'callingCallee' THEN 'calleeNoAnswer' ELSE 'other' END,
        'sweeper');
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'the overdue call % could not be ended: % (%)', overdue.id, SQLERRM, SQLSTATE;
      CONTINUE;
    END;
    RETURN NEXT moved;
    ended := ended + 1;
  END LOOP;
END
$$;

-- Takes over the ongoing calls of nodes that are dead, or have gone. One node at a time, so that each call is taken once.
-- Who was away for so long, as all are while the database is, cannot judge who else was: the others get time to return.
-- A call that is locked just now is left for the next time: whoever has it may be waiting for one that was taken here.
CREATE FUNCTION adopt_calls(p_node_id uuid, p_dead_after interval) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(7225529005) THEN
    RETURN;
  END IF;
  DELETE FROM nodes
   WHERE seen_at < now() - p_dead_after
     AND EXISTS (SELECT FROM nodes judge
                  WHERE judge.id = p_node_id AND judge.since < now() - p_dead_after AND judge.seen_at >= now() - p_dead_after);
  UPDATE calls SET node_id = p_node_id
   WHERE id IN (SELECT c.id FROM calls c
                 WHERE c.ended_at IS NULL AND c.node_id IS NOT NULL
                   AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = c.node_id)
                   FOR UPDATE SKIP LOCKED);
END
$$;

-- What transitions tell the nodes, as src/core/calls/change-signal.ts reads it: thirty changes at once, since a payload has
-- less than 8,000 bytes, and a change about 200.
CREATE FUNCTION announce_calls(p_calls calls[]) RETURNS void
LANGUAGE sql
AS $$
  SELECT pg_notify('call_changes', jsonb_build_object('changes', jsonb_agg(jsonb_build_object(
           'callId', c.id, 'userId', c.user_id, 'state', c.state, 'carrier', c.carrier, 'nodeId', c.node_id)))::text)
    FROM unnest(p_calls) WITH ORDINALITY AS c
   GROUP BY (c.ordinality - 1) / 30
$$;

CREATE FUNCTION announce_call(p_call calls) RETURNS void
LANGUAGE sql
AS $$
  SELECT announce_calls(ARRAY[p_call])
$$;

-- Permission withdrawn: the calls opened under it end with it, whoever or whatever withdrew it, all in one step: there may
-- be as many as a user's limit allows. The caller holds the lock on the user's row: an open that is under way either is
-- seen here, or finds its token gone when it gets the lock.
CREATE FUNCTION revoke_calls(p_user_id uuid, p_client_id text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  ongoing text[] := ARRAY(
    SELECT id FROM calls
     WHERE user_id = p_user_id AND (p_client_id IS NULL OR client_id = p_client_id) AND ended_at IS NULL);
BEGIN
  PERFORM announce_calls(ARRAY(SELECT ended FROM move_calls(ongoing, 'disconnected', 'other', 'revocation') AS ended));
END
$$;

-- The lock comes before the tokens go: whoever disables the user takes them in this order, too.
CREATE FUNCTION lock_user_of_grant() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM users WHERE id = OLD.user_id FOR NO KEY UPDATE;
  RETURN OLD;
END
$$;
CREATE TRIGGER lock_user_of_grant BEFORE DELETE ON grants FOR EACH ROW EXECUTE FUNCTION lock_user_of_grant();

CREATE FUNCTION grant_withdrawn() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM revoke_calls(OLD.user_id, OLD.client_id);
  RETURN NULL;
END
$$;
CREATE TRIGGER grant_withdrawn AFTER DELETE ON grants FOR EACH ROW EXECUTE FUNCTION grant_withdrawn();

-- Sessions, codes and tokens go too.
CREATE FUNCTION user_disabled() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM artifacts WHERE user_id = NEW.id;
  DELETE FROM authorizations WHERE user_id = NEW.id;
  PERFORM revoke_calls(NEW.id, NULL);
  RETURN NULL;
END
$$;
CREATE TRIGGER user_disabled AFTER UPDATE OF disabled_at ON users FOR EACH ROW
  WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION user_disabled();

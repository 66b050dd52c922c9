-- What many requests ask at the same moment is done at once: one transaction, one wait for the disk.

-- A query for a user's ongoing calls must not take this index, which looks as small as theirs to a planner that saw no
-- ongoing call when it last looked, and reads everybody's. So the index is for those alone who say what they cannot doubt.
DROP INDEX calls_deadline;
CREATE INDEX calls_deadline ON calls (deadline_at) WHERE ended_at IS NULL AND id <> '';

-- As before, by that index.
CREATE OR REPLACE FUNCTION sweep_overdue_calls(p_most integer)
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
    SELECT id, user_id FROM calls
     WHERE ended_at IS NULL AND id <> '' AND deadline_at <= clock_timestamp() ORDER BY deadline_at
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

-- As before, of any number of events, in their order: to the call's own sink, then to the client's webhooks.
CREATE FUNCTION queue_deliveries(p_events call_events[]) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO deliveries (event_id, call_id, webhook_id)
  SELECT e.id, c.id, receiver.webhook_id
    FROM unnest(p_events) WITH ORDINALITY AS e
    JOIN calls c ON c.id = e.call_id
    JOIN LATERAL (SELECT NULL::uuid AS webhook_id WHERE c.sink IS NOT NULL
                  UNION ALL
                  SELECT w.id FROM webhooks w WHERE w.client_id = c.client_id AND w.removed_at IS NULL) AS receiver ON true
   ORDER BY e.ordinality, receiver.webhook_id NULLS FIRST
$$;

-- As before, of calls of any number of users, whose rows are locked. Calls of one user are in their order.
CREATE OR REPLACE FUNCTION append_call_events(p_calls calls[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  appended call_events[];
BEGIN
  WITH changed AS MATERIALIZED (
    SELECT c.*, row_number() OVER (PARTITION BY c.user_id ORDER BY c.ordinality) AS turn
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
$$;
DROP FUNCTION queue_deliveries(call_events);

-- What would become of each of these requests to open a call, if it were the only one, without a lock: NULL for `refusal`
-- when nothing is against it, else as open_call says it and in its order. A request has the properties that are read here,
-- and the columns of the call that it and the server's settings decide.
--   n:      the request's place among them, from 1
--   number: the user's own that calls
--   taken:  how many calls the user has
CREATE FUNCTION judge_openings(p_requests jsonb)
RETURNS TABLE (n bigint, refusal text, user_id uuid, client_id text, user_name text, max_ongoing_calls integer,
               all_calls boolean, number text, taken integer)
LANGUAGE sql STABLE
AS $$
  SELECT r.ordinality,
         coalesce(e.refusal,
                  CASE WHEN r.caller IS NOT NULL AND o.number IS NULL THEN 'caller_not_own' END,
                  r.policy,
                  CASE WHEN r.once AND held.same THEN 'call_already_ongoing'
                       WHEN held.taken >= e.max_ongoing_calls THEN 'call_limit_reached' END),
         e.user_id, e.client_id, e.user_name, e.max_ongoing_calls, e.all_calls, o.number, held.taken
    FROM ROWS FROM (jsonb_to_recordset(p_requests)
           AS (token_hash bytea, proof_jkt text, in_query boolean, scopes text[], policy text, once boolean, caller text, callee text))
         WITH ORDINALITY AS r
   CROSS JOIN LATERAL token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.scopes) AS e
    LEFT JOIN user_numbers o
      ON o.user_id = e.user_id AND CASE WHEN r.caller IS NULL THEN o.is_default ELSE o.number = r.caller END
   CROSS JOIN LATERAL (SELECT count(*)::integer AS taken, bool_or(c.caller = o.number AND c.callee = r.callee) AS same
                         FROM calls c WHERE c.user_id = e.user_id AND c.ended_at IS NULL) AS held
$$;

-- Opens calls for many requests as open_call does for one, but for those with an idempotency key, or of calls that cost: each
-- within its user's limit, which is counted after the users' rows are locked. It waits for nobody's lock:
--   again:   another request of the same user came first among these; this one is to be asked again
--   locked:  the user's row is locked by somebody else; open_call waits for it
-- Its statements are planned once, and by indexes: its tables may have been empty then.
CREATE FUNCTION open_calls(p_requests jsonb)
RETURNS TABLE (n bigint, refusal text, user_name text, max_ongoing_calls integer, ongoing_calls integer, ongoing jsonb, opened calls)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
  held uuid[];
BEGIN
  held := ARRAY(SELECT u.id FROM users u
                 WHERE u.id IN (SELECT j.user_id FROM judge_openings(p_requests) j WHERE j.refusal IS NULL)
                   FOR NO KEY UPDATE SKIP LOCKED);
  RETURN QUERY
    WITH judged AS MATERIALIZED (
      SELECT j.*, row_number() OVER (PARTITION BY j.user_id, j.refusal IS NULL ORDER BY j.n) AS turn, clock_timestamp() AS at
        FROM judge_openings(p_requests) j
    ), opening AS (
      INSERT INTO calls (id, user_id, client_id, caller, callee, state, carrier, costs, node_id, ring_timeout, time_limit,
                         client_reference, metadata, recording_enabled, sink, sink_token, sink_token_expires_at,
                         created_at, connected_at, deadline_at)
      SELECT r.id, j.user_id, j.client_id, j.number, r.callee, r.state, r.carrier, coalesce(r.costs, false), r.node_id,
             r.ring_timeout, r.time_limit, r.client_reference, coalesce(r.metadata, '{}'),
             coalesce(r.recording_enabled, false), r.sink, r.sink_token, r.sink_token_expires_at, j.at,
             CASE r.state WHEN 'connected' THEN j.at END,
             j.at + interval '1 second'
                    * CASE r.state WHEN 'connected' THEN least(r.time_limit, l.lease) ELSE r.ring_timeout + 5 END
        FROM judged j
        JOIN jsonb_populate_recordset(NULL::calls, p_requests) WITH ORDINALITY AS r ON r.ordinality = j.n
        JOIN ROWS FROM (jsonb_to_recordset(p_requests) AS (lease integer)) WITH ORDINALITY AS l ON l.ordinality = j.n
       WHERE j.refusal IS NULL AND j.turn = 1 AND j.user_id = ANY (held)
      RETURNING calls AS call
    )
    SELECT j.n,
           CASE WHEN o.call IS NULL
                THEN coalesce(j.refusal, CASE WHEN j.user_id = ANY (held) THEN 'again' ELSE 'locked' END) END,
           j.user_name, j.max_ongoing_calls,
           CASE WHEN o.call IS NULL THEN j.taken ELSE j.taken + 1 END,
           CASE WHEN j.refusal = 'call_limit_reached' THEN (
             SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'callee', c.callee, 'createdAt', c.created_at,
                                                          'own', j.all_calls OR c.client_id = j.client_id)
                                       ORDER BY c.created_at), '[]')
               FROM (SELECT * FROM calls c WHERE c.user_id = j.user_id AND c.ended_at IS NULL
                      ORDER BY c.created_at LIMIT 100) AS c) END,
           o.call
      FROM judged j
      LEFT JOIN ROWS FROM (jsonb_to_recordset(p_requests) AS (id text)) WITH ORDINALITY AS r ON r.ordinality = j.n
      LEFT JOIN opening o ON (o.call).id = r.id;
  PERFORM append_call_events(array_agg(c ORDER BY c.created_at, c.id))
     FROM calls c JOIN jsonb_to_recordset(p_requests) AS r(id text) ON c.id = r.id
   HAVING count(*) > 0;
END
$$;

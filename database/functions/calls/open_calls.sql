-- Opens calls, none of which exceeds a limit: the promise of this server. The rule is decide_calls; this function makes it hold
-- while other transactions open and end calls.
--
-- A request has the columns of the call that the client and the server's settings decide, and:
--   token_hash, proof_jkt, in_query, resource, scopes:  the token, as in token_entitlement
--   key, fingerprint:  the Idempotency-Key, and what the request consists of; none: it is never repeated
--   policy:            why the server's policy refuses the call; none: it does not
--   once:              refuse a second call between the same two numbers
--   calls_per_minute, talk_time:  as in cost_refusal; none for a call that costs nothing
--   lease:             seconds after which a connected call ends unless it is renewed; none: only the time limit counts
--
-- `decision` is 'opened', 'replay', why the call is refused, or
--   again:   another request of the same user comes first, or things have just changed; ask again
--   locked:  another transaction holds a lock on one of the limits; ask again with p_wait
-- p_wait: waits for locks; only for a request alone. Several requests never wait for a lock, and no two statements for each other.
--
-- `call` is the call as it was when it was opened. `holding` describes the calls that hold the places of a reached limit.
-- `retry_after` are the seconds until a bound on calls that cost may let the next call pass.
--
-- The statements are planned once, and by indexes: their tables may have been empty then.
CREATE OR REPLACE FUNCTION open_calls(p_requests jsonb, p_wait boolean)
RETURNS TABLE (n bigint, decision text, user_name text, max_ongoing_calls integer, ongoing_calls integer, holding jsonb,
               retry_after integer, call calls)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
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
$$;

-- Opens calls for many requests as open_call does for one, but for those with an idempotency key, or of calls that cost: each
-- within its user's limit, which is counted after the users' rows are locked. It never waits for a lock:
--   again:   another request of the same user came first among these; this one is to be asked again
--   locked:  another transaction holds the user's row; open_call waits for it
-- Its statements are planned once, and by indexes: its tables may have been empty then.
CREATE OR REPLACE FUNCTION open_calls(p_requests jsonb)
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

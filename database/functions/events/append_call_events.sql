-- Appends one event per call, numbered per user in the given order, and queues the deliveries of the events. The caller must
-- hold the locks on the rows of all users concerned.
CREATE OR REPLACE FUNCTION append_call_events(p_calls calls[]) RETURNS void
LANGUAGE plpgsql
AS $$
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
$$;

-- Makes the next delivery of a lane due, after the one before it has finished.
-- The text parameters of a function share one collation, here that of the destination. The index on call_id has the default one.
CREATE OR REPLACE FUNCTION start_next_delivery(p_call_id text, p_destination text) RETURNS void
LANGUAGE sql
AS $$
  UPDATE deliveries SET state = 'due', attempt_at = now()
   WHERE state = 'behind'
     AND id = (SELECT id FROM deliveries
                WHERE call_id = p_call_id COLLATE "default" AND destination = p_destination AND ended_at IS NULL
                ORDER BY id LIMIT 1)
$$;

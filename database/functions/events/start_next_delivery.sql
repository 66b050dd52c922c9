-- Makes the next delivery of a lane due, after the one before it has finished.
CREATE OR REPLACE FUNCTION start_next_delivery(p_lane lane) RETURNS void
LANGUAGE sql
AS $$
  UPDATE deliveries SET state = 'due', attempt_at = now()
   WHERE state = 'behind'
     AND id = (SELECT id FROM deliveries
                WHERE call_id = p_lane.call_id AND destination = p_lane.destination AND ended_at IS NULL
                ORDER BY id LIMIT 1)
$$;

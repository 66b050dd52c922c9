-- Finds an open delivery of a lane with an id below p_before (NULL: any), and locks it, so that it cannot end before another one
-- is put behind it. Finds none that is locked, in order not to wait: a delivery that is due, instead of behind it, waits as well.
CREATE OR REPLACE FUNCTION find_earlier_delivery(p_lane lane, p_before bigint) RETURNS bigint
LANGUAGE sql
AS $$
  SELECT id FROM deliveries
   WHERE call_id = p_lane.call_id AND destination = p_lane.destination AND ended_at IS NULL
     AND (p_before IS NULL OR id < p_before)
   LIMIT 1 FOR SHARE SKIP LOCKED
$$;

-- Finds an open delivery of a lane with an id below p_before (NULL: any), and locks it, so that it cannot end before another one
-- is put behind it. Finds none that is locked, in order not to wait: a delivery that is due, instead of behind it, waits as well.
-- The text parameters of a function share one collation, that of the destination if the caller has read it from a row. The index
-- on call_id has the default one.
CREATE OR REPLACE FUNCTION find_earlier_delivery(p_call_id text, p_destination text, p_before bigint) RETURNS bigint
LANGUAGE sql
AS $$
  SELECT id FROM deliveries
   WHERE call_id = p_call_id COLLATE "default" AND destination = p_destination AND ended_at IS NULL
     AND (p_before IS NULL OR id < p_before)
   LIMIT 1 FOR SHARE SKIP LOCKED
$$;

-- Makes a delivery due now, whatever its state, with the full time until it is parked, also if its receiver is paused. Later ones
-- of its lane wait behind it. The result of an attempt in progress is ignored.
-- Returns false if the delivery is behind another one already, and stays there.
CREATE OR REPLACE FUNCTION restart_delivery(p_id bigint) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  resent deliveries;
  earlier bigint;
BEGIN
  SELECT * INTO resent FROM deliveries WHERE id = p_id;
  earlier := find_earlier_delivery(ROW (resent.call_id, resent.destination), p_id);
  UPDATE deliveries
     SET state = CASE WHEN earlier IS NULL THEN 'due' ELSE 'behind' END,
         attempt_at = CASE WHEN earlier IS NULL THEN now() END,
         failures = 0, tried_since = NULL, ended_at = NULL
   WHERE id = p_id AND state <> 'behind';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE deliveries SET state = 'behind', attempt_at = NULL
   WHERE call_id = resent.call_id AND destination = resent.destination AND id > p_id AND state IN ('due', 'retrying', 'paused');
  PERFORM probe_circuit(resent.client_id, resent.destination, CASE WHEN earlier IS NULL THEN p_id END);
  RETURN true;
END
$$;

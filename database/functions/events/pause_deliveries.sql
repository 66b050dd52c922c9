-- Pauses due deliveries to a destination whose circuit is open, in portions. They keep their failures and their place in their
-- lanes. The time until they are parked passes from the first attempt, or from here. The probe is not paused.
CREATE OR REPLACE FUNCTION pause_deliveries(p_client_id text, p_destination text, p_park_after interval) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  circuit delivery_circuits;
BEGIN
  -- Waits for an attempt that is just closing the circuit: then nothing is paused.
  UPDATE delivery_circuits SET resume_at = coalesce(resume_at, paused_until)
   WHERE client_id = p_client_id AND host = split_part(p_destination, ' ', 1) AND paused_until > now()
  RETURNING * INTO circuit;
  IF FOUND THEN
    UPDATE deliveries
       SET state = 'paused', tried_since = coalesce(tried_since, now()), attempt_at = coalesce(tried_since, now()) + p_park_after
     WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                            WHERE state = 'due' AND client_id = p_client_id AND destination = p_destination
                              AND id IS DISTINCT FROM circuit.probe_id
                            LIMIT 50 FOR UPDATE SKIP LOCKED));
  END IF;
END
$$;

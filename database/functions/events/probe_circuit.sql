-- Ends the current pause of a receiver: the delivery is the next probe, and the other ones wait for it. NULL: any of them is.
CREATE OR REPLACE FUNCTION probe_circuit(p_client_id text, p_destination text, p_probe_id bigint) RETURNS void
LANGUAGE sql
AS $$
  UPDATE delivery_circuits
     SET paused_until = now(), probe_id = p_probe_id, resume_at = CASE WHEN resume_at IS NOT NULL THEN now() END
   WHERE client_id = p_client_id AND host = split_part(p_destination, ' ', 1) AND opened_at IS NOT NULL
$$;

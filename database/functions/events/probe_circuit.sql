-- Ends the current pause of a receiver, so that the next due delivery to it is attempted at once.
CREATE OR REPLACE FUNCTION probe_circuit(p_client_id text, p_destination text) RETURNS void
LANGUAGE sql
AS $$
  UPDATE delivery_circuits SET paused_until = now()
   WHERE client_id = p_client_id AND host = split_part(p_destination, ' ', 1) AND opened_at IS NOT NULL
$$;

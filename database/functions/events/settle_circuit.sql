-- Counts a timeout of a client's receiver, or that it answered. So many timeouts in a row open its circuit: its deliveries are
-- paused. A probe that times out doubles the pause, up to p_max_pause; attempts that began before the pause do not. An answer
-- closes the circuit.
-- Returns 'opened' or 'closed' if this changed the circuit, and the timeouts until then.
CREATE OR REPLACE FUNCTION settle_circuit(
  p_client_id text, p_host text, p_delivery_id bigint, p_timed_out boolean,
  p_open_after integer, p_first_pause interval, p_max_pause interval
) RETURNS TABLE (change text, timeouts integer, paused_until timestamptz)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  circuit delivery_circuits;
BEGIN
  IF p_timed_out THEN
    INSERT INTO delivery_circuits AS c (client_id, host, timeouts, last_timeout_at) VALUES (p_client_id, p_host, 1, now())
    ON CONFLICT (client_id, host) DO UPDATE SET timeouts = c.timeouts + 1, last_timeout_at = now()
    RETURNING * INTO circuit;
    IF circuit.opened_at IS NULL AND circuit.timeouts >= p_open_after THEN
      UPDATE delivery_circuits c
         SET opened_at = now(), pause = p_first_pause, paused_until = now() + p_first_pause, probe_id = NULL,
             resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() + p_first_pause END
       WHERE client_id = p_client_id AND host = p_host;
      RETURN QUERY SELECT 'opened', circuit.timeouts, now() + p_first_pause;
    ELSIF circuit.probe_id = p_delivery_id THEN
      UPDATE delivery_circuits c
         SET pause = least(c.pause * 2, p_max_pause), paused_until = now() + least(c.pause * 2, p_max_pause), probe_id = NULL,
             resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() + least(c.pause * 2, p_max_pause) END
       WHERE client_id = p_client_id AND host = p_host;
    END IF;
    RETURN;
  END IF;

  SELECT * INTO circuit FROM delivery_circuits WHERE client_id = p_client_id AND host = p_host FOR UPDATE;
  IF circuit.resume_at IS NOT NULL THEN -- resume_deliveries deletes the row when no delivery is paused
    UPDATE delivery_circuits SET timeouts = 0, opened_at = NULL, pause = NULL, paused_until = NULL, probe_id = NULL,
                                 resume_at = now()
     WHERE client_id = p_client_id AND host = p_host;
  ELSIF FOUND THEN
    DELETE FROM delivery_circuits WHERE client_id = p_client_id AND host = p_host;
  END IF;
  IF circuit.opened_at IS NOT NULL THEN
    RETURN QUERY SELECT 'closed', circuit.timeouts, NULL::timestamptz;
  END IF;
END
$$;

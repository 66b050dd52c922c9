-- Logs an attempt and sets the new state of its delivery: delivered, stopped if the failure is permanent, parked if the first
-- attempt was more than p_park_after ago, otherwise retrying. When a delivery is finished, the next one of its lane is due; until
-- then the others are behind it.
-- Ignores an obsolete attempt: the delivery was resent or removed, or became due again because the attempt took too long.
-- p_timed_out is NULL if the attempt says nothing about the receiver; otherwise its circuit is settled as well.
-- Returns a row if this opened or closed the circuit.
CREATE OR REPLACE FUNCTION settle_attempt(
  p_id bigint, p_attempt timestamptz, p_at timestamptz, p_milliseconds integer, p_status integer, p_problem text,
  p_permanent boolean, p_park_after interval, p_retry_after interval,
  p_timed_out boolean, p_open_after integer, p_first_pause interval, p_max_pause interval
) RETURNS TABLE (change text, client_id text, host text, timeouts integer, paused_until timestamptz)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  settled deliveries;
BEGIN
  UPDATE deliveries d
     SET state = next.state,
         attempt_at = CASE next.state WHEN 'retrying' THEN now() + p_retry_after END,
         failures = d.failures + CASE next.state WHEN 'delivered' THEN 0 ELSE 1 END,
         ended_at = CASE WHEN next.state <> 'retrying' THEN now() END
    FROM (SELECT id, CASE WHEN p_problem IS NULL THEN 'delivered' WHEN p_permanent THEN 'stopped'
                          WHEN tried_since < now() - p_park_after THEN 'parked' ELSE 'retrying' END AS state
            FROM deliveries WHERE id = p_id) AS next
   WHERE d.id = next.id AND d.state = 'attempting' AND d.attempt_at = p_attempt
  RETURNING d.* INTO settled;
  IF NOT FOUND THEN
    RETURN;
  END IF;

  INSERT INTO delivery_attempts (delivery_id, at, milliseconds, status, problem)
  VALUES (p_id, p_at, p_milliseconds, p_status, p_problem);

  -- A statement after the one that locked the delivery sees every delivery that queue_deliveries has put behind it.
  IF settled.ended_at IS NOT NULL THEN
    PERFORM start_next_delivery(ROW (settled.call_id, settled.destination));
  ELSE -- queue_deliveries could not lock this one: let no claim read the others while it waits
    UPDATE deliveries SET state = 'behind', attempt_at = NULL
     WHERE call_id = settled.call_id AND destination = settled.destination AND id > p_id AND state IN ('due', 'paused');
  END IF;

  IF p_timed_out IS NULL THEN -- a probe that was not sent: another one follows at once
    UPDATE delivery_circuits c
       SET paused_until = now(), probe_id = NULL, resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() END
     WHERE c.client_id = settled.client_id AND c.host = split_part(settled.destination, ' ', 1)
       AND c.probe_id = p_id AND c.opened_at IS NOT NULL;
  ELSE
    RETURN QUERY
      SELECT c.change, settled.client_id, split_part(settled.destination, ' ', 1), c.timeouts, c.paused_until
        FROM settle_circuit(settled.client_id, split_part(settled.destination, ' ', 1), p_id, p_timed_out,
                            p_open_after, p_first_pause, p_max_pause) AS c;
  END IF;
END
$$;

-- Logs an attempt and sets the new state of its delivery: delivered, stopped if the failure is permanent, parked if the first
-- attempt was more than p_park_after ago, otherwise retrying. When a delivery is finished, the next one of its lane is due; until then the others are behind it.
-- Ignores an obsolete attempt: the delivery was resent or removed, or became due again because the attempt took too long.
CREATE OR REPLACE FUNCTION settle_attempt(
  p_id bigint, p_attempt timestamptz, p_at timestamptz, p_milliseconds integer, p_status integer, p_problem text,
  p_permanent boolean, p_park_after interval, p_retry_after interval
) RETURNS void
LANGUAGE plpgsql
AS $$
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
    UPDATE deliveries SET state = 'due', attempt_at = now()
     WHERE state = 'behind'
       AND id = (SELECT id FROM deliveries
                  WHERE call_id = settled.call_id AND destination = settled.destination AND ended_at IS NULL
                  ORDER BY id LIMIT 1);
  ELSE -- queue_deliveries could not lock this one: let no claim read the others while it waits
    UPDATE deliveries SET state = 'behind', attempt_at = NULL
     WHERE call_id = settled.call_id AND destination = settled.destination AND id > p_id AND state = 'due';
  END IF;
END
$$;

-- Makes deliveries due that have waited long enough for their next attempt, or whose attempt is lost. Parks those that have been
-- paused for too long. Leaves the rest to the next claim: thousands of rows would make this one slow.
CREATE OR REPLACE FUNCTION wake_deliveries() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  woken deliveries;
BEGIN
  FOR woken IN
    UPDATE deliveries
       SET state = CASE state WHEN 'paused' THEN 'parked' ELSE 'due' END,
           attempt_at = CASE WHEN state <> 'paused' THEN attempt_at END,
           ended_at = CASE WHEN state = 'paused' THEN now() END
     WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                            WHERE state IN ('attempting', 'retrying', 'paused') AND attempt_at <= now()
                            ORDER BY attempt_at LIMIT 250 FOR UPDATE SKIP LOCKED))
    RETURNING *
  LOOP
    CONTINUE WHEN woken.state <> 'parked';
    INSERT INTO delivery_attempts (delivery_id, at, milliseconds, problem)
    VALUES (woken.id, now(), 0, 'not sent: the receiver was paused, because it did not answer');
    PERFORM start_next_delivery(woken.call_id, woken.destination);
  END LOOP;
END
$$;

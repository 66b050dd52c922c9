-- Makes deliveries due that have waited long enough for their next attempt, or whose attempt is lost. Parks those that have been
-- paused for too long. Leaves the rest to the next claim: thousands of rows would make this one slow. Parking one takes longer
-- than waking one, and there can be 100,000 at once, so each has its own bound.
CREATE OR REPLACE FUNCTION wake_deliveries() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  parked deliveries;
BEGIN
  UPDATE deliveries SET state = 'due'
   WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                          WHERE state IN ('attempting', 'retrying') AND attempt_at <= now()
                          ORDER BY attempt_at LIMIT 250 FOR UPDATE SKIP LOCKED));
  FOR parked IN
    UPDATE deliveries SET state = 'parked', attempt_at = NULL, ended_at = now()
     WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                            WHERE state = 'paused' AND attempt_at <= now()
                            ORDER BY attempt_at LIMIT 50 FOR UPDATE SKIP LOCKED))
    RETURNING *
  LOOP
    INSERT INTO delivery_attempts (delivery_id, at, milliseconds, problem)
    VALUES (parked.id, now(), 0, 'not sent: the receiver was paused, because it did not answer');
    PERFORM start_next_delivery(ROW (parked.call_id, parked.destination));
  END LOOP;
END
$$;

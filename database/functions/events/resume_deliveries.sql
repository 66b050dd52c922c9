-- Makes paused deliveries due: all of a receiver that answers again, in portions, and one of a receiver whose pause is over, for the probe.
CREATE OR REPLACE FUNCTION resume_deliveries() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  circuit delivery_circuits;
  first text;
  beyond text;
BEGIN
  FOR circuit IN
    SELECT * FROM delivery_circuits WHERE holds_deliveries AND coalesce(paused_until, '-infinity') <= now()
     ORDER BY coalesce(paused_until, '-infinity') LIMIT 20 FOR UPDATE SKIP LOCKED
  LOOP
    first := circuit.host || ' ';
    beyond := circuit.host || '!';
    CONTINUE WHEN circuit.opened_at IS NOT NULL AND EXISTS (
      SELECT FROM deliveries
       WHERE state = 'due' AND client_id = circuit.client_id AND destination >= first AND destination < beyond);

    -- The order makes the plan use deliveries_deferred.
    UPDATE deliveries SET state = 'due', attempt_at = now()
     WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                            WHERE client_id = circuit.client_id AND state = 'paused' AND destination >= first AND destination < beyond
                            ORDER BY destination
                            LIMIT CASE WHEN circuit.opened_at IS NULL THEN 100 ELSE 1 END FOR UPDATE SKIP LOCKED));

    CONTINUE WHEN (SELECT id FROM deliveries
                    WHERE client_id = circuit.client_id AND state = 'paused' AND destination >= first AND destination < beyond
                    ORDER BY destination LIMIT 1) IS NOT NULL;
    IF circuit.opened_at IS NULL THEN
      DELETE FROM delivery_circuits WHERE client_id = circuit.client_id AND host = circuit.host;
    ELSE
      UPDATE delivery_circuits SET holds_deliveries = false WHERE client_id = circuit.client_id AND host = circuit.host;
    END IF;
  END LOOP;
END
$$;

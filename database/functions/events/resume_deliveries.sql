-- Makes paused deliveries due: all of a receiver that answers again, in portions, and one of a receiver whose pause is over, as the
-- probe. Each circuit that this visits then waits for the others, so none stops them.
CREATE OR REPLACE FUNCTION resume_deliveries(p_lost_after interval) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  circuit delivery_circuits;
  first text;
  beyond text;
  probe bigint;
BEGIN
  FOR circuit IN
    SELECT * FROM delivery_circuits WHERE resume_at <= now() ORDER BY resume_at LIMIT 20 FOR UPDATE SKIP LOCKED
  LOOP
    probe := NULL;
    first := circuit.host || ' ';
    beyond := beyond_host(circuit.host);
    IF circuit.opened_at IS NULL THEN
      -- The order makes the plan use deliveries_deferred.
      UPDATE deliveries SET state = 'due', attempt_at = now()
       WHERE id = ANY (ARRAY(SELECT id FROM deliveries
                              WHERE client_id = circuit.client_id AND state = 'paused' AND destination >= first AND destination < beyond
                              ORDER BY destination LIMIT 100 FOR UPDATE SKIP LOCKED));
    ELSE
      probe := circuit.probe_id;
      IF probe_destination(probe) IS NULL THEN
        probe := find_probe(circuit.client_id, circuit.host);
        UPDATE deliveries SET state = 'due', attempt_at = now() WHERE id = probe;
      END IF;
    END IF;

    IF (SELECT id FROM deliveries
         WHERE client_id = circuit.client_id AND state = 'paused' AND destination >= first AND destination < beyond
         ORDER BY destination LIMIT 1) IS NOT NULL THEN
      UPDATE delivery_circuits
         SET probe_id = probe, resume_at = CASE WHEN opened_at IS NULL THEN now()
                                          WHEN probe IS NULL THEN now() + interval '1 s' -- all are locked, or of removed webhooks
                                          ELSE now() + p_lost_after END
       WHERE client_id = circuit.client_id AND host = circuit.host;
    ELSIF circuit.opened_at IS NULL THEN
      DELETE FROM delivery_circuits WHERE client_id = circuit.client_id AND host = circuit.host;
    ELSE
      UPDATE delivery_circuits SET probe_id = probe, resume_at = NULL WHERE client_id = circuit.client_id AND host = circuit.host;
    END IF;
  END LOOP;
END
$$;

-- Finds a paused delivery to a host that can be attempted, and locks it: the first open one of a lane, and not to a removed webhook.
CREATE OR REPLACE FUNCTION find_probe(p_client_id text, p_host text) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
  visited text := p_host || ' ';
  webhook uuid;
  probe bigint;
BEGIN
  -- Visits each destination once: one that was removed can have 100,000 deliveries until the sweep.
  LOOP
    SELECT d.destination, d.webhook_id INTO visited, webhook FROM deliveries d
     WHERE d.state = 'paused' AND d.client_id = p_client_id AND d.destination > visited AND d.destination < beyond_host(p_host)
     ORDER BY d.destination LIMIT 1;
    EXIT WHEN visited IS NULL;
    CONTINUE WHEN EXISTS (SELECT FROM webhooks w WHERE w.id = webhook AND w.removed_at IS NOT NULL);
    SELECT d.id INTO probe FROM deliveries d
     WHERE d.state = 'paused' AND d.client_id = p_client_id AND d.destination = visited
       AND NOT EXISTS (SELECT FROM deliveries o
                        WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.ended_at IS NULL
                          AND (o.id < d.id OR o.state = 'attempting'))
     LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN probe IS NOT NULL;
  END LOOP;
  RETURN probe;
END
$$;

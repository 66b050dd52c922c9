-- The destination of the next probe of a circuit; NULL if that cannot be attempted now, so that another delivery can be the probe.
CREATE OR REPLACE FUNCTION probe_destination(p_probe_id bigint) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT d.destination FROM deliveries d
   WHERE d.id = p_probe_id AND d.state = 'due'
     AND NOT EXISTS (SELECT FROM webhooks w WHERE w.id = d.webhook_id AND w.removed_at IS NOT NULL)
     AND NOT EXISTS (SELECT FROM deliveries o
                      WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.ended_at IS NULL
                        AND (o.id < d.id OR o.state = 'attempting'))
$$;

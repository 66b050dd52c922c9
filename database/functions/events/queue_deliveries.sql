-- Queues the deliveries of events, in order: to the sink of the call, then to the webhooks of the call's client that report such
-- an event. Runs in the transaction of the transition, so it waits for no locks. A webhook that is being removed or disabled may
-- still get a delivery; the sweep deletes a webhook only when no transaction can see it.
CREATE OR REPLACE FUNCTION queue_deliveries(p_events call_events[]) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO deliveries (event_id, call_id, client_id, webhook_id, destination, state, attempt_at)
  SELECT e.id, c.id, c.client_id, receiver.webhook_id, receiver.destination,
         CASE WHEN earlier.id IS NULL THEN 'due' ELSE 'behind' END, CASE WHEN earlier.id IS NULL THEN now() END
    FROM unnest(p_events) WITH ORDINALITY AS e
    JOIN calls c ON c.id = e.call_id
    JOIN LATERAL (SELECT NULL::uuid AS webhook_id,
                         receiver_host(c.sink) || ' ' || coalesce(substring(c.sink FROM '^[^/]*//[^/?#]*'), c.sink) AS destination
                   WHERE c.sink IS NOT NULL
                  UNION ALL
                  SELECT w.id, receiver_host(w.url) || ' ' || w.id FROM webhooks w
                   WHERE w.client_id = c.client_id AND w.removed_at IS NULL AND w.disabled_at IS NULL
                     AND (w.events IS NULL OR e.state = ANY (w.events))
                 ) AS receiver ON true
    JOIN LATERAL find_earlier_delivery(ROW (c.id, receiver.destination), NULL) AS earlier (id) ON true
   ORDER BY e.ordinality, receiver.webhook_id NULLS FIRST
$$;

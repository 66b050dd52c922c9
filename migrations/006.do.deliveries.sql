-- Events on their way to others: to the sink of a call (CAMARA), and to the webhooks of the call's client.

CREATE TABLE webhooks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  client_id text NOT NULL, -- outlives the client, until it is swept
  url text NOT NULL,
  secret bytea NOT NULL, -- sealed, like the one before it
  old_secret bytea,
  old_secret_until timestamptz, -- until then messages are signed with both
  created_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz -- from then on it is gone for everybody; the expiry sweep deletes it and its deliveries
);
CREATE INDEX webhooks_client ON webhooks (client_id) WHERE removed_at IS NULL;
CREATE INDEX webhooks_removed ON webhooks (removed_at) WHERE removed_at IS NOT NULL;

-- Not a cascade: there can be hundreds of thousands of deliveries, more than a request has time for.
CREATE FUNCTION remove_webhooks_of_client() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE webhooks SET removed_at = now() WHERE client_id = OLD.id AND removed_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER remove_webhooks AFTER DELETE ON clients
  FOR EACH ROW EXECUTE FUNCTION remove_webhooks_of_client();

-- One event to one destination. The deliveries of one call to one destination are a lane: they go one after the other, in
-- the order of their ids. Of a lane at most one is queued: it has a job, which attempts it until it is finished.
--   new:     nobody has looked at it yet
--   behind:  another one of its lane is queued
--   queued:  job_id attempts it, or waits to do so again
CREATE TABLE deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL REFERENCES call_events (id) ON DELETE CASCADE,
  call_id text NOT NULL,
  webhook_id uuid, -- NULL: the call's sink. No foreign key: its check would make calls wait for whoever locks the webhook
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'behind', 'queued', 'delivered', 'parked', 'stopped')),
  job_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  tried_since timestamptz, -- when its first attempt began, since it was last resent; not while it waits in its lane
  ended_at timestamptz,
  CHECK ((state = 'queued') = (job_id IS NOT NULL)),
  CHECK ((state IN ('delivered', 'parked', 'stopped')) = (ended_at IS NOT NULL))
);
CREATE INDEX deliveries_new ON deliveries (id) WHERE state = 'new';
CREATE UNIQUE INDEX deliveries_queued ON deliveries (call_id, webhook_id) NULLS NOT DISTINCT WHERE state = 'queued';
CREATE INDEX deliveries_behind ON deliveries (call_id, webhook_id, id) WHERE state = 'behind';
CREATE UNIQUE INDEX deliveries_job ON deliveries (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX deliveries_event ON deliveries (event_id);
CREATE INDEX deliveries_call ON deliveries (call_id, id DESC);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id DESC);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- What came of each attempt.
CREATE TABLE delivery_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id bigint NOT NULL REFERENCES deliveries ON DELETE CASCADE,
  at timestamptz NOT NULL,
  milliseconds integer NOT NULL,
  status integer, -- of the answer; NULL when there was none
  problem text    -- NULL when it was delivered
);
CREATE INDEX delivery_attempts_delivery ON delivery_attempts (delivery_id, id);

-- Runs in the transaction of the call's transition, and so waits for nothing of webhooks. One that is being removed just now
-- may get a delivery still; the sweep deletes a webhook only when no transaction can know it any more.
CREATE OR REPLACE FUNCTION queue_deliveries(p_event call_events) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO deliveries (event_id, call_id)
  SELECT p_event.id, c.id FROM calls c WHERE c.id = p_event.call_id AND c.sink IS NOT NULL;

  INSERT INTO deliveries (event_id, call_id, webhook_id)
  SELECT p_event.id, p_event.call_id, w.id
    FROM webhooks w
   WHERE w.client_id = (SELECT c.client_id FROM calls c WHERE c.id = p_event.call_id)
     AND w.removed_at IS NULL
   ORDER BY w.id;
END
$$;

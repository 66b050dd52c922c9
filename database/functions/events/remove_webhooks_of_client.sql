-- Trigger: marks the webhooks of a deleted client as removed. A cascade could delete hundreds of thousands of deliveries in one
-- request; the expiry sweep deletes them in batches.
CREATE OR REPLACE FUNCTION remove_webhooks_of_client() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE webhooks SET removed_at = now() WHERE client_id = OLD.id AND removed_at IS NULL;
  RETURN NULL;
END
$$;

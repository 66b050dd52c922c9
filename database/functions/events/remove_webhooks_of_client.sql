-- Trigger: removes the webhooks of a deleted client. Not a cascade: their deliveries may be hundreds of thousands, too many for
-- one request; the expiry sweep deletes them.
CREATE OR REPLACE FUNCTION remove_webhooks_of_client() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE webhooks SET removed_at = now() WHERE client_id = OLD.id AND removed_at IS NULL;
  RETURN NULL;
END
$$;

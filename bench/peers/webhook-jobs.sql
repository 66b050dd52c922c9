-- Queues a job of graphile-worker in the transaction that opens or ends a call.
CREATE FUNCTION peer.queue_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM graphile_worker.add_job('post_webhook', row_to_json(NEW));
  RETURN NULL;
END
$$;
CREATE TRIGGER queue_webhook AFTER INSERT OR UPDATE ON peer.calls FOR EACH ROW EXECUTE FUNCTION peer.queue_webhook();

-- Notifies of each change when it is committed.
CREATE FUNCTION peer.notify_of_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('calls', row_to_json(NEW)::text);
  RETURN NULL;
END
$$;
CREATE TRIGGER notify_of_call AFTER INSERT OR UPDATE ON peer.calls FOR EACH ROW EXECUTE FUNCTION peer.notify_of_call();

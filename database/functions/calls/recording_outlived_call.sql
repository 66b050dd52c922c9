-- Trigger: when a call is removed or stripped, queues the removal of its recording from the carrier.
CREATE OR REPLACE FUNCTION recording_outlived_call() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO recordings_to_remove (call_id, carrier) VALUES (OLD.id, OLD.carrier) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

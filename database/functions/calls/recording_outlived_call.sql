-- Trigger: the recording of a call that is removed or stripped is removed from the carrier, too.
CREATE OR REPLACE FUNCTION recording_outlived_call() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO recordings_to_remove (call_id, carrier) VALUES (OLD.id, OLD.carrier) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

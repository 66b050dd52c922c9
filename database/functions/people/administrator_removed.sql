-- Trigger: signs a person who is no administrator any more out of the console for good. Becoming one again does not bring the
-- sessions back.
CREATE OR REPLACE FUNCTION administrator_removed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM console_sessions WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;

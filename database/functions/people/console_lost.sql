-- Trigger: signs a person out of the console for good when they are disabled, or are no administrator any more. Becoming one
-- again does not bring the sessions back.
CREATE OR REPLACE FUNCTION console_lost() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM console_sessions WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;

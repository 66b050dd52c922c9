-- Trigger: deletes the console sessions of a user who is no longer an administrator. They stay deleted if the user becomes an
-- administrator again.
CREATE OR REPLACE FUNCTION administrator_removed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM console_sessions WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;

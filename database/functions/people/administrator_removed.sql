-- Trigger: deletes the console sessions of a user who loses the administrator role. They stay deleted if the user gets it back.
CREATE OR REPLACE FUNCTION administrator_removed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM console_sessions WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;

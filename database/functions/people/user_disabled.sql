-- Trigger: the sessions, codes, tokens and calls of a disabled user end. Deletes in the order in which issue_tokens locks.
CREATE OR REPLACE FUNCTION user_disabled() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM authorizations WHERE user_id = NEW.id;
  DELETE FROM artifacts WHERE user_id = NEW.id;
  PERFORM revoke_calls(NEW.id, NULL);
  RETURN NULL;
END
$$;

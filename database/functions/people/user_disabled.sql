-- Trigger: ends the sessions, codes, tokens and calls of a disabled user.
CREATE OR REPLACE FUNCTION user_disabled() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM end_sessions_and_tokens(NEW.id);
  PERFORM revoke_calls(NEW.id, NULL);
  RETURN NULL;
END
$$;

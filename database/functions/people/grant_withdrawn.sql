-- Trigger: ends the calls opened under a grant when the grant is deleted.
CREATE OR REPLACE FUNCTION grant_withdrawn() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM revoke_calls(OLD.user_id, OLD.client_id);
  RETURN NULL;
END
$$;

-- Trigger: the calls opened under a grant end when it is deleted.
CREATE OR REPLACE FUNCTION grant_withdrawn() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM revoke_calls(OLD.user_id, OLD.client_id);
  RETURN NULL;
END
$$;

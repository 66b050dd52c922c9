-- Ends every session of a person, in the console too, and every code and token that was issued for them. What they granted
-- stays, and so do their calls. Deletes in the order in which issue_tokens locks; tokens go with their authorization.
CREATE OR REPLACE FUNCTION end_sessions_and_tokens(p_user_id uuid) RETURNS void
LANGUAGE sql
AS $$
  DELETE FROM authorizations WHERE user_id = p_user_id;
  DELETE FROM artifacts WHERE user_id = p_user_id;
  DELETE FROM console_sessions WHERE user_id = p_user_id;
$$;

-- Deletes all sessions of a user, including console sessions, and all codes and tokens issued for the user. Grants and calls
-- stay. Deletes in the order in which issue_tokens locks; tokens are deleted with their authorization.
CREATE OR REPLACE FUNCTION end_sessions_and_tokens(p_user_id uuid) RETURNS void
LANGUAGE sql
AS $$
  DELETE FROM authorizations WHERE user_id = p_user_id;
  DELETE FROM artifacts WHERE user_id = p_user_id;
  DELETE FROM console_sessions WHERE user_id = p_user_id;
$$;

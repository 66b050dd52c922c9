-- Ends the ongoing calls that a client opened for a user (p_client_id NULL: that any client opened), because the permission
-- for them is gone, and tells the nodes. All of them in one step: there may be as many as the user's limit allows.
-- The caller of this function holds the lock on the user's row. So a call that is being opened is either seen here, or finds
-- its token gone when it gets the lock.
CREATE OR REPLACE FUNCTION revoke_calls(p_user_id uuid, p_client_id text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  ongoing text[] := ARRAY(
    SELECT id FROM calls
     WHERE user_id = p_user_id AND (p_client_id IS NULL OR client_id = p_client_id) AND ended_at IS NULL);
BEGIN
  PERFORM announce_calls(ARRAY(SELECT ended FROM move_calls(ongoing, 'disconnected', 'other', 'revocation') AS ended));
END
$$;

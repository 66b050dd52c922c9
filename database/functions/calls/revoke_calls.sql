-- Ends the ongoing calls that a client opened for a user (p_client_id NULL: that any client opened), because their permission
-- was revoked, and notifies the nodes. Ends all of them in one statement, since there may be as many as the user's limit.
-- The caller must hold the lock on the user's row. So a call that is being opened is either visible here, or finds its token
-- deleted when it gets the lock.
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

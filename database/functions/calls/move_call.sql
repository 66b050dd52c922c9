-- Changes the state of one call of any user, under the lock on the user's row, as move_calls does.
CREATE OR REPLACE FUNCTION move_call(p_id text, p_state text, p_reason text DEFAULT NULL, p_ended_by text DEFAULT NULL,
                                     p_node_id uuid DEFAULT NULL, p_cause jsonb DEFAULT NULL)
RETURNS SETOF calls
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM users WHERE id = (SELECT user_id FROM calls WHERE calls.id = p_id) FOR NO KEY UPDATE;
  RETURN QUERY SELECT * FROM move_calls(ARRAY[p_id], p_state, p_reason, p_ended_by, p_node_id, jsonb_build_object(p_id, p_cause));
END
$$;

-- Postpones the deadline of a call of the carrier `session` to p_lease seconds from now, at most to the time limit.
-- `reached`: the call, if the token reaches it; `renewed`: the call with its new deadline, NULL if the call has ended or has
-- another carrier.
CREATE OR REPLACE FUNCTION renew_own_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_resource text, p_scopes text[],
                                          p_id text, p_lease integer)
RETURNS TABLE (refusal text, user_name text, reached calls, renewed calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_resource, p_scopes);
  refusal := entitled.refusal;
  user_name := entitled.user_name;
  IF refusal IS NULL THEN
    PERFORM FROM users u WHERE u.id = entitled.user_id FOR NO KEY UPDATE; -- the sweep uses the same lock
    SELECT c.* INTO reached FROM calls c
     WHERE c.id = p_id AND c.user_id = entitled.user_id AND c.stripped_at IS NULL
       AND (entitled.all_calls OR c.client_id = entitled.client_id);
    UPDATE calls c
       SET deadline_at = least(c.connected_at + c.time_limit * interval '1 second', clock_timestamp() + p_lease * interval '1 second')
     WHERE c.id = reached.id AND c.carrier = 'session' AND c.ended_at IS NULL
    RETURNING c.* INTO renewed;
  END IF;
  RETURN NEXT;
END
$$;

-- Ends a call that the token reaches. `reached`: the token reaches the call; `ended`: the call, if this statement ended it.
CREATE OR REPLACE FUNCTION end_own_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_resource text, p_scopes text[],
                                        p_id text)
RETURNS TABLE (refusal text, reached boolean, ended calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_resource, p_scopes);
  refusal := entitled.refusal;
  IF refusal IS NULL THEN
    reached := EXISTS (SELECT FROM calls c
                      WHERE c.id = p_id AND c.user_id = entitled.user_id AND c.stripped_at IS NULL
                        AND (entitled.all_calls OR c.client_id = entitled.client_id));
    IF reached THEN
      SELECT moved.* INTO ended FROM move_call(p_id, 'disconnected', 'hangUp', 'client') AS moved;
    END IF;
  END IF;
  RETURN NEXT;
END
$$;

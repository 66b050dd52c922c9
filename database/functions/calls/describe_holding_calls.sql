-- The calls that hold the places of a user, the oldest hundred, as a refusal lists them. `own` are those that a token of the
-- client reaches, or all of them with p_all_calls.
CREATE OR REPLACE FUNCTION describe_holding_calls(p_user_id uuid, p_client_id text, p_all_calls boolean) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
                              'id', c.id, 'callee', c.callee, 'own', p_all_calls OR c.client_id = p_client_id,
                              'createdAt', to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                            ORDER BY c.created_at), '[]')
    FROM (SELECT * FROM holding_calls(p_user_id) ORDER BY created_at LIMIT 100) AS c
$$;

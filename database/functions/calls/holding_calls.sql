-- The calls that hold the places of a user: those that have not ended.
CREATE OR REPLACE FUNCTION holding_calls(p_user_id uuid) RETURNS SETOF calls
LANGUAGE sql STABLE
AS $$
  SELECT * FROM calls c WHERE c.user_id = p_user_id AND c.ended_at IS NULL
$$;

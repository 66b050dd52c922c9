-- The caller's number of a call: p_number if it belongs to the user, otherwise NULL. Without p_number: the user's default
-- number, if any.
CREATE OR REPLACE FUNCTION own_number(p_user_id uuid, p_number text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF p_number IS NULL THEN
    RETURN (SELECT n.number FROM user_numbers n WHERE n.user_id = p_user_id AND n.is_default);
  END IF;
  RETURN (SELECT n.number FROM user_numbers n WHERE n.user_id = p_user_id AND n.number = p_number);
END
$$;

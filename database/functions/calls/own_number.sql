-- The number that a call of the user goes out from: p_number when it is the user's; without p_number the default, if any.
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

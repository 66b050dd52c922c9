-- Locks the rows of the limits that calls of these users count against, in the order of reached_limit. Returns the users all of
-- whose limits are locked now.
--   p_wait:  waits for locks; otherwise it leaves out users of whom another transaction has a lock
CREATE OR REPLACE FUNCTION lock_limits(p_user_ids uuid[], p_wait boolean) RETURNS uuid[]
LANGUAGE plpgsql
AS $$
BEGIN
  IF p_wait THEN
    RETURN ARRAY(SELECT u.id FROM users u WHERE u.id = ANY (p_user_ids) FOR NO KEY UPDATE);
  END IF;
  RETURN ARRAY(SELECT u.id FROM users u WHERE u.id = ANY (p_user_ids) FOR NO KEY UPDATE SKIP LOCKED);
END
$$;

-- Ends at most p_limit overdue calls. The advisory lock p_lock lets only one node sweep at a time; other nodes return.
-- One call cannot block the others: the sweep skips a call if the call or its user's row is locked, or if ending it raises an
-- error. Skipped calls do not count towards p_limit. OTHERS does not include query_canceled, so the statement timeout still
-- ends the sweep.
CREATE OR REPLACE FUNCTION sweep_overdue_calls(p_limit integer, p_lock bigint)
RETURNS SETOF calls
LANGUAGE plpgsql
SET lock_timeout = '100ms'
AS $$
DECLARE
  overdue record;
  last_state text;
  moved calls;
  ended integer := 0;
  locked_users uuid[] := '{}';
BEGIN
  IF NOT pg_try_advisory_xact_lock(p_lock) THEN
    RETURN;
  END IF;
  FOR overdue IN
    SELECT id, user_id FROM calls
     WHERE ended_at IS NULL AND id <> '' AND deadline_at <= clock_timestamp() ORDER BY deadline_at -- by calls_deadline
  LOOP
    EXIT WHEN ended = p_limit;
    CONTINUE WHEN overdue.user_id = ANY (locked_users);
    PERFORM FROM users WHERE id = overdue.user_id FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      locked_users := locked_users || overdue.user_id;
      CONTINUE;
    END IF;
    SELECT state INTO last_state FROM calls
     WHERE id = overdue.id AND ended_at IS NULL AND deadline_at <= clock_timestamp() FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    BEGIN
      SELECT * INTO moved FROM move_calls(
        ARRAY[overdue.id],
        CASE last_state WHEN 'connected' THEN 'disconnected' ELSE 'failed' END,
        CASE last_state WHEN 'callingCaller' THEN 'callerNoAnswer' WHEN 'callingCallee' THEN 'calleeNoAnswer' ELSE 'other' END,
        'sweeper');
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'sweep: cannot end overdue call %; will retry: % (%)', overdue.id, SQLERRM, SQLSTATE;
      CONTINUE;
    END;
    RETURN NEXT moved;
    ended := ended + 1;
  END LOOP;
END
$$;

-- Ends calls that are past their deadline, at most p_limit of them. One node at a time: another one finds the advisory lock
-- p_lock taken, and returns.
-- One call cannot hold up the others. A call is left for the next sweep when its user's row or itself is locked, or when it
-- cannot be ended for any reason. That is why calls are counted as they end, not as they are found. OTHERS does not include
-- query_canceled: the statement's timeout still ends the sweep.
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
  busy uuid[] := '{}';
BEGIN
  IF NOT pg_try_advisory_xact_lock(p_lock) THEN
    RETURN;
  END IF;
  FOR overdue IN
    SELECT id, user_id FROM calls
     WHERE ended_at IS NULL AND id <> '' AND deadline_at <= clock_timestamp() ORDER BY deadline_at -- by calls_deadline
  LOOP
    EXIT WHEN ended = p_limit;
    CONTINUE WHEN overdue.user_id = ANY (busy);
    PERFORM FROM users WHERE id = overdue.user_id FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      busy := busy || overdue.user_id;
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
      RAISE WARNING 'cannot end the overdue call %, the next sweep will retry: % (%)', overdue.id, SQLERRM, SQLSTATE;
      CONTINUE;
    END;
    RETURN NEXT moved;
    ended := ended + 1;
  END LOOP;
END
$$;

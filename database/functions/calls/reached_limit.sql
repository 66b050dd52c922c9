-- The first limit on simultaneous calls that leaves no place for one more call of the user; `refusal` is NULL when there is
-- none. The limits, in the order in which lock_limits locks their rows:
--   1. the user's: max_ongoing_calls. `taken` is how many of these places are taken
-- Rows are counted. There are no counters, because a counter is wrong as soon as anything ends a call without it.
CREATE OR REPLACE FUNCTION reached_limit(p_user_id uuid, p_max_ongoing_calls integer)
RETURNS TABLE (refusal text, taken integer)
LANGUAGE sql STABLE ROWS 1
AS $$
  SELECT CASE WHEN person.taken >= p_max_ongoing_calls THEN 'call_limit_reached' END, person.taken
    FROM (SELECT count(*)::integer AS taken FROM holding_calls(p_user_id)) AS person
$$;

-- Counts ended calls by UTC day, by whether both phones were answered, and by reason.
CREATE OR REPLACE FUNCTION endings_between(p_from timestamptz, p_to timestamptz)
RETURNS TABLE (day date, answered boolean, reason text, calls bigint)
LANGUAGE sql STABLE
AS $$
  SELECT (c.ended_at AT TIME ZONE 'UTC')::date, c.connected_at IS NOT NULL, c.reason, count(*)
    FROM calls c WHERE c.ended_at >= p_from AND c.ended_at < p_to GROUP BY 1, 2, 3
$$;

-- Counts ended calls by UTC day and outcome.
CREATE OR REPLACE FUNCTION outcomes_between(p_from timestamptz, p_to timestamptz)
RETURNS TABLE (day date, outcome text, calls bigint)
LANGUAGE sql STABLE
AS $$
  SELECT e.day, call_outcome(e.answered, e.reason), sum(e.calls)::bigint
    FROM (SELECT (c.ended_at AT TIME ZONE 'UTC')::date AS day, c.connected_at IS NOT NULL AS answered, c.reason, count(*) AS calls
            FROM calls c WHERE c.ended_at >= p_from AND c.ended_at < p_to GROUP BY 1, 2, 3) AS e
   GROUP BY 1, 2
$$;

-- Counts calls by UTC day and time to connect, in tenths of a second. Calls of the carrier `session` do not count, because
-- they are connected from the start.
CREATE OR REPLACE FUNCTION connect_times_between(p_from timestamptz, p_to timestamptz)
RETURNS TABLE (day date, tenths integer, calls bigint)
LANGUAGE sql STABLE
AS $$
  SELECT (c.ended_at AT TIME ZONE 'UTC')::date, floor(extract(epoch FROM c.connected_at - c.created_at) * 10)::integer, count(*)
    FROM calls c
   WHERE c.ended_at >= p_from AND c.ended_at < p_to AND c.connected_at IS NOT NULL AND c.carrier <> 'session'
   GROUP BY 1, 2
$$;

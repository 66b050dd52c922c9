-- When p_needed of a user's talk time becomes free, because it is 24 hours old; NULL if the user has not talked that much.
-- With overlapping calls it may become free sooner.
CREATE OR REPLACE FUNCTION talk_time_free_at(p_user_id uuid, p_needed interval, p_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
  SELECT min(greatest(t.ended_before, t.ended_at - extract(epoch FROM t.talked - p_needed) * interval '1 second'))
         + interval '24 hours'
    FROM (SELECT c.ended_at,
                 lag(c.ended_at) OVER by_end AS ended_before,
                 sum(c.ended_at - greatest(c.connected_at, p_at - interval '24 hours')) OVER by_end AS talked
            FROM calls c
           WHERE c.user_id = p_user_id AND c.costs AND c.connected_at IS NOT NULL AND c.ended_at > p_at - interval '24 hours'
          WINDOW by_end AS (ORDER BY c.ended_at, c.id)) AS t
   WHERE t.talked >= p_needed
$$;

-- Whether a user who has a place for it may open a call that costs: `refusal` is NULL when so, and `seconds` is the longest
-- that the call may last (NULL: no bound). Otherwise `free_at` is when to try again: an ongoing call may free its share when
-- it ends, at its deadline at the latest.
-- A call holds its whole time limit from its opening to its end, and its talk time from then on. So a user never talks more
-- than p_talk_time in any 24 hours, apart from the moment that the sweep takes to end a call.
--   p_calls_per_minute:  NULL: any number
--   p_talk_time:         seconds in 24 hours; NULL: any number
CREATE OR REPLACE FUNCTION cost_refusal(p_user_id uuid, p_calls_per_minute integer, p_talk_time integer, p_at timestamptz,
                                        OUT refusal text, OUT free_at timestamptz, OUT seconds integer)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  spent interval;
  held bigint;
  next_end timestamptz;
BEGIN
  IF p_calls_per_minute IS NOT NULL THEN
    -- There is room for one more when the p_calls_per_minute-th newest call is a minute old.
    SELECT c.created_at + interval '1 minute' INTO free_at
      FROM calls c WHERE c.user_id = p_user_id AND c.costs AND c.created_at > p_at - interval '1 minute'
     ORDER BY c.created_at DESC OFFSET p_calls_per_minute - 1 LIMIT 1;
    IF FOUND THEN
      refusal := 'call_rate_reached';
      RETURN;
    END IF;
  END IF;
  IF p_talk_time IS NOT NULL THEN
    SELECT coalesce(sum(c.ended_at - greatest(c.connected_at, p_at - interval '24 hours')), '0') INTO spent
      FROM calls c
     WHERE c.user_id = p_user_id AND c.costs AND c.connected_at IS NOT NULL AND c.ended_at > p_at - interval '24 hours';
    SELECT coalesce(sum(c.time_limit), 0), min(c.deadline_at) INTO held, next_end
      FROM calls c WHERE c.user_id = p_user_id AND c.costs AND c.ended_at IS NULL;
    seconds := greatest(0, floor(p_talk_time - held - extract(epoch FROM spent)));
    IF seconds < 1 THEN
      refusal := 'talk_time_spent';
      free_at := least(next_end, talk_time_free_at(p_user_id, spent + (held + 1 - p_talk_time) * interval '1 second', p_at));
    END IF;
  END IF;
END
$$;

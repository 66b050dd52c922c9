-- Whether the user may have one more call, this one: NULL when so. The duplicate comes before the limit.
CREATE OR REPLACE FUNCTION place_refusal(p_user_id uuid, p_limit integer, p_call calls, p_once boolean) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT CASE
           WHEN p_once AND bool_or(c.caller = p_call.caller AND c.callee = p_call.callee) THEN 'call_already_ongoing'
           WHEN count(*) >= p_limit THEN 'call_limit_reached'
         END
    FROM calls c
   WHERE c.user_id = p_user_id AND c.ended_at IS NULL
$$;

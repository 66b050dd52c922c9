-- What would become of each of these requests to open a call, if it were the only one, without a lock: NULL for `refusal`
-- when nothing is against it, else as open_call says it and in its order. A request has the properties that are read here,
-- and the columns of the call that it and the server's settings decide.
--   n:      the request's place among them, from 1
--   number: the user's own that calls
--   taken:  how many calls the user has
CREATE OR REPLACE FUNCTION judge_openings(p_requests jsonb)
RETURNS TABLE (n bigint, refusal text, user_id uuid, client_id text, user_name text, max_ongoing_calls integer,
               all_calls boolean, number text, taken integer)
LANGUAGE sql STABLE
AS $$
  SELECT r.ordinality,
         coalesce(e.refusal,
                  CASE WHEN r.caller IS NOT NULL AND o.number IS NULL THEN 'caller_not_own' END,
                  r.policy,
                  CASE WHEN r.once AND held.same THEN 'call_already_ongoing'
                       WHEN held.taken >= e.max_ongoing_calls THEN 'call_limit_reached' END),
         e.user_id, e.client_id, e.user_name, e.max_ongoing_calls, e.all_calls, o.number, held.taken
    FROM ROWS FROM (jsonb_to_recordset(p_requests)
           AS (token_hash bytea, proof_jkt text, in_query boolean, scopes text[], policy text, once boolean, caller text, callee text))
         WITH ORDINALITY AS r
   CROSS JOIN LATERAL token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.scopes) AS e
    LEFT JOIN user_numbers o
      ON o.user_id = e.user_id AND CASE WHEN r.caller IS NULL THEN o.is_default ELSE o.number = r.caller END
   CROSS JOIN LATERAL (SELECT count(*)::integer AS taken, bool_or(c.caller = o.number AND c.callee = r.callee) AS same
                         FROM calls c WHERE c.user_id = e.user_id AND c.ended_at IS NULL) AS held
$$;

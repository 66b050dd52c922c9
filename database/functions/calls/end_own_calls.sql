-- Ends calls that tokens reach, for any number of requests, each as if it were the only one. A request has the id of the call and
-- the token, as in token_entitlement. No two requests are for the same call.
--   p_wait:  waits for locks; only for a request alone. Several requests never wait for a user's row.
--
--   n:        the request's place among them, from 1
--   reached:  the token reaches the call
--   locked:   another transaction holds the lock on the user's row; ask again with p_wait
--   ended:    the call, if this statement ended it
--
-- The statements are planned once, and by indexes, as in open_calls.
CREATE OR REPLACE FUNCTION end_own_calls(p_requests jsonb, p_wait boolean)
RETURNS TABLE (n bigint, refusal text, reached boolean, locked boolean, ended calls)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  refusals text[];
  reached_ids text[];
  ongoing_users uuid[]; -- NULL where the token reaches no call, or one that has ended
  locked_users uuid[];
  moved calls[];
BEGIN
  SELECT array_agg(token.refusal ORDER BY r.ordinality), array_agg(c.id ORDER BY r.ordinality),
         array_agg(CASE WHEN c.ended_at IS NULL THEN c.user_id END ORDER BY r.ordinality)
    INTO refusals, reached_ids, ongoing_users
    FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
           id text, token_hash bytea, proof_jkt text, in_query boolean, resource text, scopes text[]))
         WITH ORDINALITY AS r
   CROSS JOIN LATERAL token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.resource, r.scopes) AS token
    LEFT JOIN calls c
      ON c.id = r.id AND token.refusal IS NULL AND c.user_id = token.user_id AND c.stripped_at IS NULL
     AND (token.all_calls OR c.client_id = token.client_id);

  locked_users := lock_limits(ongoing_users, p_wait);
  moved := ARRAY(
    SELECT m FROM move_calls(
      ARRAY(SELECT id FROM unnest(reached_ids, ongoing_users) AS r (id, user_id) WHERE r.user_id = ANY (locked_users)),
      'disconnected', 'hangUp', 'client') AS m);

  RETURN QUERY
    SELECT r.n, r.refusal, r.id IS NOT NULL, r.user_id IS NOT NULL AND r.user_id <> ALL (locked_users), m
      FROM unnest(refusals, reached_ids, ongoing_users) WITH ORDINALITY AS r (refusal, id, user_id, n)
      LEFT JOIN unnest(moved) AS m ON m.id = r.id;
END
$$;

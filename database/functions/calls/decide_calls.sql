-- May this call be opened? This is the rule, for any number of requests, each as if it were the only one. `decision` is 'open',
-- or 'replay' when an earlier request with the same Idempotency-Key was answered, or the first reason to refuse, in the order of
-- the CASE. The decision to open holds when the limits were locked before this statement began (see open_calls).
--   n:        the request's place among them, from 1
--   number:   the user's own number that the call goes out from
--   taken:    how many of the user's places are taken
--   answer:   the call that the earlier request opened, as it was then
--   free_at:  when a bound on calls that cost may let the next call pass
--   seconds:  the longest that the call may last; NULL: no bound
CREATE OR REPLACE FUNCTION decide_calls(p_requests jsonb, p_at timestamptz)
RETURNS TABLE (n bigint, id text, lease integer, decision text, user_id uuid, client_id text, user_name text,
               max_ongoing_calls integer, all_calls boolean, number text, taken integer, answer jsonb, free_at timestamptz,
               seconds integer)
LANGUAGE sql STABLE
AS $$
  SELECT r.ordinality, r.id, r.lease,
         CASE
           WHEN token.refusal IS NOT NULL THEN token.refusal
           WHEN earlier.fingerprint = r.fingerprint THEN 'replay'
           WHEN earlier.fingerprint IS NOT NULL THEN 'idempotency_key_reused'
           WHEN r.caller IS NOT NULL AND own.number IS NULL THEN 'caller_not_own'
           WHEN r.policy IS NOT NULL THEN r.policy
           WHEN r.once AND EXISTS (SELECT FROM holding_calls(token.user_id) AS c
                                    WHERE c.caller = own.number AND c.callee = r.callee) THEN 'call_already_ongoing'
           WHEN reached.refusal IS NOT NULL THEN reached.refusal
           WHEN cost.refusal IS NOT NULL THEN cost.refusal
           ELSE 'open'
         END,
         token.user_id, token.client_id, token.user_name, token.max_ongoing_calls, token.all_calls, own.number, reached.taken,
         earlier.call, cost.free_at, cost.seconds
    FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
           id text, token_hash bytea, proof_jkt text, in_query boolean, resource text, scopes text[], key text, fingerprint bytea,
           caller text, callee text, policy text, once boolean, calls_per_minute integer, talk_time integer, lease integer))
         WITH ORDINALITY AS r
   CROSS JOIN LATERAL token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.resource, r.scopes) AS token
    -- OFFSET 0 keeps the plan to one look-up by the key. A plan made while there were few keys would read all that have not expired.
    LEFT JOIN LATERAL (SELECT k.fingerprint, k.call FROM idempotency_keys k
                        WHERE k.user_id = token.user_id AND k.client_id = token.client_id AND k.key = r.key
                          AND k.expires_at > now() OFFSET 0) AS earlier ON true
    LEFT JOIN user_numbers AS own
      ON own.user_id = token.user_id AND CASE WHEN r.caller IS NULL THEN own.is_default ELSE own.number = r.caller END
   CROSS JOIN LATERAL reached_limit(token.user_id, token.max_ongoing_calls) AS reached
    -- OFFSET 0 keeps the WHERE inside, so that the function is not called for a call that costs nothing.
    LEFT JOIN LATERAL (SELECT * FROM cost_refusal(token.user_id, r.calls_per_minute, r.talk_time, p_at)
                        WHERE r.calls_per_minute IS NOT NULL OR r.talk_time IS NOT NULL OFFSET 0) AS cost ON true
$$;

-- Finds access tokens and refresh tokens by their SHA-256, each with its authorization and its user. Does not find tokens of
-- disabled users. The hash of a refresh token is its id, in base64url.
--   consumed:               when a refresh token was first used; NULL while it is accepted again, for p_grace seconds (issue_tokens)
--   phone_number:           the user's default number, if the token has the scope phone
--   second_factor_missing:  the token has the scope admin, but its authorization no longer gives it (second_factor_missing)
-- The settings force a plan that uses indexes, because the plan is cached and the tables may have been empty at planning time.
CREATE OR REPLACE FUNCTION presented_tokens(p_hashes bytea[], p_ids text[], p_grace integer, p_second_factor_required boolean)
RETURNS TABLE (n integer, model text, payload jsonb, consumed integer, "authorization" jsonb, user_name text,
               administrator boolean, phone_number text, second_factor_missing boolean)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT presented.n::integer, found.model, found.payload,
           CASE WHEN found.consumed_at <= now() - make_interval(secs => p_grace) THEN extract(epoch FROM found.consumed_at)::integer END,
           z.payload, u.name, u.administrator,
           CASE WHEN 'phone' = ANY (found.scopes)
                THEN (SELECT number FROM user_numbers WHERE user_id = found.user_id AND is_default) END,
           CASE WHEN 'admin' = ANY (found.scopes)
                THEN second_factor_missing(found.user_id, z.second_factor, p_second_factor_required)
                ELSE false END
      FROM unnest(p_hashes, p_ids) WITH ORDINALITY AS presented (hash, id, n)
     CROSS JOIN LATERAL (
       SELECT t.model, t.payload, t.scopes, NULL::timestamptz AS consumed_at, t.user_id, t.authorization_id
         FROM access_tokens t WHERE t.hash = presented.hash
       UNION ALL
       SELECT a.model, a.payload, string_to_array(a.payload->>'scope', ' '), a.consumed_at, a.user_id, a.authorization_id
         FROM artifacts a WHERE a.model = 'RefreshToken' AND a.id = presented.id
     ) AS found
      LEFT JOIN LATERAL (SELECT * FROM users WHERE id = found.user_id OFFSET 0) AS u ON true
      LEFT JOIN LATERAL (SELECT * FROM authorizations WHERE id = found.authorization_id OFFSET 0) AS z ON true
     WHERE u.disabled_at IS NULL;
END
$$;

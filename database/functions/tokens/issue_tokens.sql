-- Issues access tokens, each with its successor of the refresh token `used` where there is one, which is then used up: all of
-- it, or nothing. What they belong to (user, client, authorization) must exist, and is locked meanwhile. So a transaction that
-- ends it either comes first, or finds the tokens. Returns the requests that got nothing:
--   gone:  what they belong to does not exist any more
--   used:  the refresh token was used before, or does not exist any more
-- p_wait: waits for locks, in the order in which the transactions that end these things take them. Without p_wait it never
-- waits, and a returned request may also have met a lock, or be the second use among these requests: try it again with p_wait.
-- The statements are planned once, and by indexes: their tables may have been empty then.
CREATE OR REPLACE FUNCTION issue_tokens(p_requests jsonb, p_wait boolean)
RETURNS TABLE (n integer, refusal text)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  user_ids uuid[];
  client_ids text[];
  authorization_ids text[];
  refresh_token_ids text[];
  held_users uuid[];
  held_clients text[];
  held_authorizations text[];
BEGIN
  SELECT array_agg(DISTINCT r.user_id), array_agg(DISTINCT r.client_id), array_agg(DISTINCT r.authorization_id),
         array_agg(DISTINCT r.used)
    INTO user_ids, client_ids, authorization_ids, refresh_token_ids
    FROM jsonb_to_recordset(p_requests) AS r (user_id uuid, client_id text, authorization_id text, used text);
  IF p_wait THEN
    PERFORM FROM users WHERE id = ANY (user_ids) FOR KEY SHARE;
    PERFORM FROM clients WHERE id = ANY (client_ids) FOR KEY SHARE;
    PERFORM FROM authorizations WHERE id = ANY (authorization_ids) FOR KEY SHARE;
    PERFORM FROM artifacts WHERE model = 'RefreshToken' AND id = ANY (refresh_token_ids) FOR NO KEY UPDATE;
  END IF;
  held_users := ARRAY(SELECT id FROM users WHERE id = ANY (user_ids) AND disabled_at IS NULL FOR KEY SHARE SKIP LOCKED);
  held_clients := ARRAY(SELECT id FROM clients WHERE id = ANY (client_ids) AND removed_at IS NULL
                           FOR KEY SHARE SKIP LOCKED);
  held_authorizations := ARRAY(SELECT id FROM authorizations WHERE id = ANY (authorization_ids) FOR KEY SHARE SKIP LOCKED);

  RETURN QUERY
    WITH requested AS MATERIALIZED (
      SELECT r.*,
             r.client_id = ANY (held_clients)
             AND (r.user_id IS NULL OR r.user_id = ANY (held_users))
             AND (r.authorization_id IS NULL OR r.authorization_id = ANY (held_authorizations)) AS held,
             row_number() OVER (PARTITION BY r.used ORDER BY r.ordinality) AS turn
        FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
               hash bytea, model text, user_id uuid, client_id text, authorization_id text, scopes text[], jkt text,
               payload jsonb, lives float8, used text, refresh_id text, refresh_payload jsonb, refresh_lives float8))
             WITH ORDINALITY AS r
    ), used_up AS (
      UPDATE artifacts SET consumed_at = now()
       WHERE model = 'RefreshToken'
         AND id = ANY (ARRAY(SELECT f.id FROM artifacts f
                              WHERE f.model = 'RefreshToken' AND f.consumed_at IS NULL
                                AND f.id = ANY (ARRAY(SELECT r.used FROM requested r WHERE r.held AND r.turn = 1))
                                FOR NO KEY UPDATE SKIP LOCKED))
      RETURNING id
    ), issuing AS MATERIALIZED (
      SELECT * FROM requested r WHERE r.held AND (r.used IS NULL OR r.turn = 1 AND r.used IN (SELECT id FROM used_up))
    ), refreshed AS (
      INSERT INTO artifacts (model, id, user_id, authorization_id, payload, expires_at)
      SELECT 'RefreshToken', i.refresh_id, i.user_id, i.authorization_id, i.refresh_payload,
             now() + i.refresh_lives * interval '1 second'
        FROM issuing i WHERE i.used IS NOT NULL
    ), issued AS (
      INSERT INTO access_tokens (hash, model, user_id, client_id, authorization_id, scopes, jkt, payload, expires_at)
      SELECT i.hash, i.model, i.user_id, i.client_id, i.authorization_id, i.scopes, i.jkt, i.payload,
             now() + i.lives * interval '1 second'
        FROM issuing i
    ), used_grants AS (
      UPDATE grants SET last_used_at = now()
       WHERE ctid = ANY (ARRAY(
         SELECT due.ctid FROM issuing i
          CROSS JOIN LATERAL (SELECT g.ctid FROM grants g
                               WHERE g.user_id = i.user_id AND g.client_id = i.client_id
                                 AND (g.last_used_at IS NULL OR g.last_used_at < now() - interval '1 minute')
                                 FOR NO KEY UPDATE SKIP LOCKED) AS due))
    )
    SELECT r.ordinality::integer, CASE WHEN r.held THEN 'used' ELSE 'gone' END
      FROM requested r WHERE r.ordinality NOT IN (SELECT i.ordinality FROM issuing i);
END
$$;

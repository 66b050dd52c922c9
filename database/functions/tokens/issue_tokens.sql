-- Issues access tokens. A request with a refresh token (`used`) consumes it and also gets its successor. For p_grace seconds after
-- its first use a refresh token is accepted again, and gets a successor of its own each time, three in all: the client may have
-- lost a response, or refreshed in two tabs at once. Each request gets everything or nothing. The user, client and authorization
-- of a token must exist and stay locked until the commit. So a transaction that deletes one of them either commits first or sees
-- the token. Returns the requests that got nothing:
--   gone:       the user, client or authorization does not exist
--   exhausted:  the refresh token was used three times within p_grace seconds
--   reused:     the refresh token was first used longer ago, or does not exist
-- p_wait: wait for locks, in the order in which the deleting transactions take them. Without p_wait the function never waits;
-- a returned request may then also have met a lock, or be the second use of its token in this statement: retry with p_wait.
-- The settings force plans that use indexes, because the plans are cached and the tables may have been empty at planning time.
CREATE OR REPLACE FUNCTION issue_tokens(p_requests jsonb, p_grace integer, p_wait boolean)
RETURNS TABLE (n integer, refusal text)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  grace_start CONSTANT timestamptz := now() - make_interval(secs => p_grace);
  max_successors CONSTANT integer := CASE WHEN p_grace > 0 THEN 3 ELSE 1 END;
  user_ids uuid[];
  client_ids text[];
  authorization_ids text[];
  refresh_token_ids text[];
  locked_users uuid[];
  locked_clients text[];
  locked_authorizations text[];
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
  locked_users := ARRAY(SELECT id FROM users WHERE id = ANY (user_ids) AND disabled_at IS NULL FOR KEY SHARE SKIP LOCKED);
  locked_clients := ARRAY(SELECT id FROM clients WHERE id = ANY (client_ids) AND removed_at IS NULL
                           FOR KEY SHARE SKIP LOCKED);
  locked_authorizations := ARRAY(SELECT id FROM authorizations WHERE id = ANY (authorization_ids) FOR KEY SHARE SKIP LOCKED);

  RETURN QUERY
    WITH requested AS MATERIALIZED (
      SELECT r.*,
             r.client_id = ANY (locked_clients)
             AND (r.user_id IS NULL OR r.user_id = ANY (locked_users))
             AND (r.authorization_id IS NULL OR r.authorization_id = ANY (locked_authorizations)) AS locked,
             row_number() OVER (PARTITION BY r.used ORDER BY r.ordinality) AS turn
        FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
               hash bytea, model text, user_id uuid, client_id text, authorization_id text, scopes text[], jkt text, resource text,
               payload jsonb, lifetime float8, used text, refresh_id text, refresh_payload jsonb, refresh_lifetime float8))
             WITH ORDINALITY AS r
    ), used_up AS (
      UPDATE artifacts SET consumed_at = coalesce(consumed_at, now()), successors = successors + 1
       WHERE model = 'RefreshToken'
         AND id = ANY (ARRAY(SELECT f.id FROM artifacts f
                              WHERE f.model = 'RefreshToken'
                                AND f.id = ANY (ARRAY(SELECT r.used FROM requested r WHERE r.locked AND r.turn = 1))
                                AND (f.consumed_at IS NULL OR f.consumed_at > grace_start AND f.successors < max_successors)
                                FOR NO KEY UPDATE SKIP LOCKED))
      RETURNING id
    ), issuing AS MATERIALIZED (
      SELECT * FROM requested r WHERE r.locked AND (r.used IS NULL OR r.turn = 1 AND r.used IN (SELECT id FROM used_up))
    ), refreshed AS (
      INSERT INTO artifacts (model, id, user_id, authorization_id, payload, expires_at)
      SELECT 'RefreshToken', i.refresh_id, i.user_id, i.authorization_id, i.refresh_payload,
             now() + i.refresh_lifetime * interval '1 second'
        FROM issuing i WHERE i.used IS NOT NULL
    ), issued AS (
      INSERT INTO access_tokens (hash, model, user_id, client_id, authorization_id, scopes, jkt, resource, payload, expires_at)
      SELECT i.hash, i.model, i.user_id, i.client_id, i.authorization_id, i.scopes, i.jkt, i.resource, i.payload,
             now() + i.lifetime * interval '1 second'
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
    SELECT r.ordinality::integer,
           CASE WHEN NOT r.locked THEN 'gone'
                WHEN p_grace > 0 AND EXISTS (SELECT FROM artifacts f
                                              WHERE f.model = 'RefreshToken' AND f.id = r.used AND f.consumed_at > grace_start)
                THEN 'exhausted'
                ELSE 'reused' END
      FROM requested r WHERE r.ordinality NOT IN (SELECT i.ordinality FROM issuing i);
END
$$;

-- Tokens that many requests present or ask for at the same moment are found, and issued, at once.
-- These functions' statements are planned once, and by indexes: their tables may have been empty then.

-- Access tokens and refresh tokens by their SHA-256, each with the authorization that it was issued under and the user it
-- stands for. What belongs to a disabled user is not there. A refresh token's hash is its id, in base64url.
CREATE FUNCTION presented_tokens(p_hashes bytea[], p_ids text[])
RETURNS TABLE (n integer, model text, payload jsonb, consumed integer, "authorization" jsonb, user_name text, administrator boolean)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT asked.n::integer, found.model, found.payload, extract(epoch FROM found.consumed_at)::integer, z.payload, u.name,
           u.administrator
      FROM unnest(p_hashes, p_ids) WITH ORDINALITY AS asked (hash, id, n)
     CROSS JOIN LATERAL (
       SELECT t.model, t.payload, NULL::timestamptz AS consumed_at, t.user_id, t.authorization_id
         FROM access_tokens t WHERE t.hash = asked.hash
       UNION ALL
       SELECT a.model, a.payload, a.consumed_at, a.user_id, a.authorization_id
         FROM artifacts a WHERE a.model = 'RefreshToken' AND a.id = asked.id
     ) AS found
      LEFT JOIN LATERAL (SELECT * FROM users WHERE id = found.user_id OFFSET 0) AS u ON true
      LEFT JOIN LATERAL (SELECT * FROM authorizations WHERE id = found.authorization_id OFFSET 0) AS z ON true
     WHERE u.disabled_at IS NULL;
END
$$;

-- Issues access tokens, each with its successor of the refresh token `used` where there is one, which is used up by that: all
-- of it, or nothing. Whatever they belong to (user, client, authorization) must be there, and is locked meanwhile, so that
-- whoever ends it either comes first or finds the tokens. Returns the requests that got nothing:
--   gone:  what they belong to is not there any more
--   used:  the refresh token was used before, or is not there any more
-- p_wait: waits for locks, in the order in which whoever ends these things takes them. Without it, it waits for nobody, and
-- what is returned may just as well be locked, or be the second use among these requests: it is to be asked again, waiting.
CREATE FUNCTION issue_tokens(p_requests jsonb, p_wait boolean)
RETURNS TABLE (n integer, refusal text)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  users_asked uuid[];
  clients_asked text[];
  families_asked text[];
  refreshes_asked text[];
  users_held uuid[];
  clients_held text[];
  families_held text[];
BEGIN
  SELECT array_agg(DISTINCT r.user_id), array_agg(DISTINCT r.client_id), array_agg(DISTINCT r.authorization_id),
         array_agg(DISTINCT r.used)
    INTO users_asked, clients_asked, families_asked, refreshes_asked
    FROM jsonb_to_recordset(p_requests) AS r (user_id uuid, client_id text, authorization_id text, used text);
  IF p_wait THEN
    PERFORM FROM users WHERE id = ANY (users_asked) FOR KEY SHARE;
    PERFORM FROM clients WHERE id = ANY (clients_asked) FOR KEY SHARE;
    PERFORM FROM authorizations WHERE id = ANY (families_asked) FOR KEY SHARE;
    PERFORM FROM artifacts WHERE model = 'RefreshToken' AND id = ANY (refreshes_asked) FOR NO KEY UPDATE;
  END IF;
  users_held := ARRAY(SELECT id FROM users WHERE id = ANY (users_asked) AND disabled_at IS NULL FOR KEY SHARE SKIP LOCKED);
  clients_held := ARRAY(SELECT id FROM clients WHERE id = ANY (clients_asked) AND removed_at IS NULL
                           FOR KEY SHARE SKIP LOCKED);
  families_held := ARRAY(SELECT id FROM authorizations WHERE id = ANY (families_asked) FOR KEY SHARE SKIP LOCKED);

  RETURN QUERY
    WITH asked AS MATERIALIZED (
      SELECT r.*,
             r.client_id = ANY (clients_held)
             AND (r.user_id IS NULL OR r.user_id = ANY (users_held))
             AND (r.authorization_id IS NULL OR r.authorization_id = ANY (families_held)) AS held,
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
                                AND f.id = ANY (ARRAY(SELECT a.used FROM asked a WHERE a.held AND a.turn = 1))
                                FOR NO KEY UPDATE SKIP LOCKED))
      RETURNING id
    ), issuing AS MATERIALIZED (
      SELECT * FROM asked a WHERE a.held AND (a.used IS NULL OR a.turn = 1 AND a.used IN (SELECT id FROM used_up))
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
    ), noted AS (
      UPDATE grants SET last_used_at = now()
       WHERE ctid = ANY (ARRAY(
         SELECT due.at FROM issuing i
          CROSS JOIN LATERAL (SELECT g.ctid AS at FROM grants g
                               WHERE g.user_id = i.user_id AND g.client_id = i.client_id
                                 AND (g.last_used_at IS NULL OR g.last_used_at < now() - interval '1 minute')
                                 FOR NO KEY UPDATE SKIP LOCKED) AS due))
    )
    SELECT a.ordinality::integer, CASE WHEN a.held THEN 'used' ELSE 'gone' END
      FROM asked a WHERE a.ordinality NOT IN (SELECT i.ordinality FROM issuing i);
END
$$;

-- As before, in the order in which issue_tokens locks them.
CREATE OR REPLACE FUNCTION user_disabled() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM authorizations WHERE user_id = NEW.id;
  DELETE FROM artifacts WHERE user_id = NEW.id;
  PERFORM revoke_calls(NEW.id, NULL);
  RETURN NULL;
END
$$;

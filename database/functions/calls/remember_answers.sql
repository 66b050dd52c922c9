-- Keeps the calls that requests with an Idempotency-Key have just opened: for 24 hours a repetition gets the same answer.
CREATE OR REPLACE FUNCTION remember_answers(p_requests jsonb) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO idempotency_keys (user_id, client_id, key, fingerprint, call, expires_at)
  SELECT c.user_id, c.client_id, r.key, r.fingerprint, to_jsonb(c) - 'sink_token', now() + interval '1 day'
    FROM calls c JOIN jsonb_to_recordset(p_requests) AS r (id text, key text, fingerprint bytea) ON c.id = r.id
   WHERE r.key IS NOT NULL
  ON CONFLICT (user_id, client_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, call = excluded.call, expires_at = excluded.expires_at
$$;

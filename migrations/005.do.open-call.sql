-- How calls are opened, seen and ended by clients: the token is checked in the statement that acts.

-- As before; besides, whether the token reaches all the user's calls, and until when it holds. No token of a client
-- counts once its removal has begun.
DROP FUNCTION open_call(bytea, text, boolean, text[], text, text);
DROP FUNCTION token_entitlement(bytea, text, boolean, text[]);
CREATE FUNCTION token_entitlement(p_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[])
RETURNS TABLE (refusal text, user_id uuid, client_id text, user_name text, administrator boolean, max_ongoing_calls integer,
               all_calls boolean, expires_at timestamptz)
LANGUAGE sql STABLE ROWS 1
AS $$
  SELECT CASE
           WHEN t.hash IS NULL OR u.disabled_at IS NOT NULL OR c.removed_at IS NOT NULL THEN 'token_invalid'
           WHEN t.jkt IS DISTINCT FROM p_proof_jkt THEN 'token_invalid'
           WHEN p_in_query AND NOT c.classic THEN 'token_in_query'
           WHEN NOT t.scopes && p_scopes THEN 'scope_missing'
           WHEN t.user_id IS NULL THEN 'token_without_user'
         END,
         t.user_id, t.client_id, u.name, u.administrator, u.max_ongoing_calls,
         t.scopes @> ARRAY['call'], t.expires_at
    FROM (VALUES (1)) AS always (one)
    LEFT JOIN access_tokens t ON t.hash = p_hash AND t.expires_at > now()
    LEFT JOIN clients c ON c.id = t.client_id
    LEFT JOIN users u ON u.id = t.user_id
$$;

-- The answers given to requests with an Idempotency-Key, for 24 hours.
CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  client_id text NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  call jsonb NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, client_id, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- The number that a call of the user goes out from: the one asked for, when it is theirs; when none is, the default, if any.
CREATE FUNCTION own_number(p_user_id uuid, p_asked text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF p_asked IS NULL THEN
    RETURN (SELECT n.number FROM user_numbers n WHERE n.user_id = p_user_id AND n.is_default);
  END IF;
  RETURN (SELECT n.number FROM user_numbers n WHERE n.user_id = p_user_id AND n.number = p_asked);
END
$$;

-- Whether the user may have one more call, this one: NULL when so. The duplicate comes before the limit.
CREATE FUNCTION place_refusal(p_user_id uuid, p_limit integer, p_call calls, p_once boolean) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT CASE
           WHEN p_once AND bool_or(c.caller = p_call.caller AND c.callee = p_call.callee) THEN 'call_already_ongoing'
           WHEN count(*) >= p_limit THEN 'call_limit_reached'
         END
    FROM calls c
   WHERE c.user_id = p_user_id AND c.ended_at IS NULL
$$;

-- Opens a call for the token's user unless that would exceed the user's limit: the promise of this server.
-- The order of judgement: token, idempotent replay, caller, policy, duplicate, limit.
-- The count that decides must be a statement of its own after the lock: under READ COMMITTED it then sees every call
-- committed before the lock was had. A count in the same statement as the lock has a snapshot older than the lock.
-- Times are clock_timestamp(), not now(): a call that waited for the lock starts after the one it waited for has ended.
--   p_call:    the columns of the call that the request and the server's settings decide
--   p_lease:   seconds after which a connected call ends unless it is renewed; NULL: the time limit alone counts
--   p_policy:  why the server's policy refuses the call, if so; said only when nothing before it refuses
--   p_once:    refuse a second call between the same two numbers
-- Of an opened or repeated call `opened` is the call as it was when it was opened. `ongoing` lists the calls that hold the
-- places when the limit refuses, the oldest hundred; `own` are those that the token reaches.
CREATE FUNCTION open_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_call jsonb,
                          p_lease integer, p_policy text, p_once boolean, p_key text, p_fingerprint bytea)
RETURNS TABLE (refusal text, replayed boolean, user_name text, max_ongoing_calls integer, ongoing_calls integer,
               ongoing jsonb, opened calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
  asked calls := jsonb_populate_record(NULL::calls, p_call);
  named text := asked.caller;
  kept record;
  allowed integer;
  refused text;
  decided boolean := false;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_scopes);
  refusal := entitled.refusal;
  IF refusal IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  user_name := entitled.user_name;
  allowed := entitled.max_ongoing_calls;

  LOOP
    IF p_key IS NOT NULL THEN
      SELECT k.fingerprint = p_fingerprint AS same, k.call INTO kept FROM idempotency_keys k
       WHERE k.user_id = entitled.user_id AND k.client_id = entitled.client_id AND k.key = p_key AND k.expires_at > now();
      IF FOUND THEN
        IF kept.same THEN
          replayed := true;
          opened := jsonb_populate_record(NULL::calls, kept.call);
          max_ongoing_calls := allowed;
          ongoing_calls := (SELECT count(*) FROM calls c WHERE c.user_id = entitled.user_id AND c.ended_at IS NULL);
        ELSE
          refusal := 'idempotency_key_reused';
        END IF;
        RETURN NEXT;
        RETURN;
      END IF;
    END IF;
    -- What refused was looked at before the key: had the first request committed in between, it would be its call.
    EXIT WHEN refused IS NOT NULL OR decided;

    asked.caller := own_number(entitled.user_id, named);
    IF asked.caller IS NULL AND named IS NOT NULL THEN
      refused := 'caller_not_own';
    END IF;
    refused := coalesce(refused, p_policy, place_refusal(entitled.user_id, allowed, asked, p_once));
    IF refused IS NULL THEN
      PERFORM FROM users u WHERE u.id = entitled.user_id FOR NO KEY UPDATE;
      -- Withdrawn while it waited for the lock: then even a repeated request has no answer any more.
      SELECT e.refusal, e.max_ongoing_calls INTO refusal, allowed
        FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_scopes) e;
      IF refusal IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
      END IF;
      -- The user's numbers may be others now, too.
      asked.caller := own_number(entitled.user_id, named);
      refused := CASE WHEN asked.caller IS NULL AND named IS NOT NULL THEN 'caller_not_own'
                      ELSE place_refusal(entitled.user_id, allowed, asked, p_once) END;
      decided := true;
    END IF;
    EXIT WHEN p_key IS NULL;
  END LOOP;

  IF refused IS NULL THEN
    asked.user_id := entitled.user_id;
    asked.client_id := entitled.client_id;
    asked.created_at := clock_timestamp();
    asked.metadata := coalesce(asked.metadata, '{}');
    asked.recording_enabled := coalesce(asked.recording_enabled, false);
    IF asked.state = 'connected' THEN
      asked.connected_at := asked.created_at;
      asked.deadline_at := asked.created_at + least(asked.time_limit, p_lease) * interval '1 second';
    ELSE
      asked.deadline_at := asked.created_at + (asked.ring_timeout + 5) * interval '1 second';
    END IF;
    INSERT INTO calls SELECT asked.* RETURNING * INTO opened;
    PERFORM append_call_event(opened);
    IF p_key IS NOT NULL THEN
      INSERT INTO idempotency_keys (user_id, client_id, key, fingerprint, call, expires_at)
      VALUES (entitled.user_id, entitled.client_id, p_key, p_fingerprint, to_jsonb(opened) - 'sink_token', now() + interval '1 day')
      ON CONFLICT (user_id, client_id, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, call = excluded.call, expires_at = excluded.expires_at;
    END IF;
  END IF;
  refusal := refused;
  max_ongoing_calls := allowed;
  ongoing_calls := (SELECT count(*) FROM calls c WHERE c.user_id = entitled.user_id AND c.ended_at IS NULL);
  IF refusal = 'call_limit_reached' THEN
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'callee', c.callee, 'createdAt', c.created_at,
                                                 'own', entitled.all_calls OR c.client_id = entitled.client_id)
                              ORDER BY c.created_at), '[]')
      INTO ongoing
      FROM (SELECT * FROM calls c WHERE c.user_id = entitled.user_id AND c.ended_at IS NULL
             ORDER BY c.created_at LIMIT 100) c;
  END IF;
  RETURN NEXT;
END
$$;

-- Ends a call that the token reaches. `reached`: there is such a call; `ended`: it is this that ended it.
CREATE FUNCTION end_own_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_id text)
RETURNS TABLE (refusal text, reached boolean, ended calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_scopes);
  refusal := entitled.refusal;
  IF refusal IS NULL THEN
    reached := EXISTS (SELECT FROM calls c
                      WHERE c.id = p_id AND c.user_id = entitled.user_id AND (entitled.all_calls OR c.client_id = entitled.client_id));
    IF reached THEN
      SELECT moved.* INTO ended FROM move_call(p_id, 'disconnected', 'hangUp', 'client') AS moved;
    END IF;
  END IF;
  RETURN NEXT;
END
$$;

-- Puts off the end of a call that nothing but its client keeps alive: by the lease from now, never past the time limit.
-- `reached`: the call that the token reaches; `renewed`: NULL when it has ended, or is held by a carrier that knows better.
CREATE FUNCTION renew_own_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_id text,
                               p_lease integer)
RETURNS TABLE (refusal text, user_name text, reached calls, renewed calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_scopes);
  refusal := entitled.refusal;
  user_name := entitled.user_name;
  IF refusal IS NULL THEN
    PERFORM FROM users u WHERE u.id = entitled.user_id FOR NO KEY UPDATE; -- the sweeper decides under this lock, too
    SELECT c.* INTO reached FROM calls c
     WHERE c.id = p_id AND c.user_id = entitled.user_id AND (entitled.all_calls OR c.client_id = entitled.client_id);
    UPDATE calls c
       SET deadline_at = least(c.connected_at + c.time_limit * interval '1 second', clock_timestamp() + p_lease * interval '1 second')
     WHERE c.id = reached.id AND c.carrier = 'session' AND c.ended_at IS NULL
    RETURNING c.* INTO renewed;
  END IF;
  RETURN NEXT;
END
$$;

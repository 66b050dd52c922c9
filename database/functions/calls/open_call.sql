-- Opens a call for the token's user unless that would exceed the user's limit: the promise of this server.
-- The order of judgement: token, idempotent replay, caller, policy, duplicate, limit, calls a minute, talk time.
-- The count that decides must be a statement of its own after the lock: under READ COMMITTED it then sees every call
-- committed before the lock was had. A count in the same statement as the lock has a snapshot older than the lock.
-- Times are clock_timestamp(), not now(): a call that waited for the lock starts after the one it waited for has ended.
--   p_call:    the columns of the call that the request and the server's settings decide
--   p_lease:   seconds after which a connected call ends unless it is renewed; NULL: the time limit alone counts
--   p_policy:  why the server's policy refuses the call, if so; said only when nothing before it refuses
--   p_once:    refuse a second call between the same two numbers
--   p_calls_per_minute, p_talk_time:  as in cost_refusal; NULL for a call that costs nothing
-- Of an opened or repeated call `opened` is the call as it was when it was opened. `ongoing` lists the calls that hold the
-- places when the limit refuses, the oldest hundred; `own` are those that the token reaches. `retry_after` are the seconds
-- until it is worth trying again, where a bound on calls that cost refuses.
CREATE OR REPLACE FUNCTION open_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_call jsonb,
                          p_lease integer, p_policy text, p_once boolean, p_key text, p_fingerprint bytea,
                          p_calls_per_minute integer DEFAULT NULL, p_talk_time integer DEFAULT NULL)
RETURNS TABLE (refusal text, replayed boolean, user_name text, max_ongoing_calls integer, ongoing_calls integer,
               ongoing jsonb, retry_after integer, opened calls)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
  asked calls := jsonb_populate_record(NULL::calls, p_call);
  named text := asked.caller;
  bounded boolean := p_calls_per_minute IS NOT NULL OR p_talk_time IS NOT NULL;
  kept record;
  allowed integer;
  refused text;
  free_at timestamptz;
  most_seconds integer;
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
    IF refused IS NULL AND bounded THEN
      SELECT r.refusal, r.free_at INTO refused, free_at
        FROM cost_refusal(entitled.user_id, p_calls_per_minute, p_talk_time, clock_timestamp()) r;
    END IF;
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
      IF refused IS NULL AND bounded THEN
        SELECT r.refusal, r.free_at, r.seconds INTO refused, free_at, most_seconds
          FROM cost_refusal(entitled.user_id, p_calls_per_minute, p_talk_time, clock_timestamp()) r;
      END IF;
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
    asked.costs := coalesce(asked.costs, false);
    IF bounded THEN
      asked.time_limit := least(asked.time_limit, most_seconds);
    END IF;
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
  ELSIF free_at IS NOT NULL THEN
    retry_after := greatest(1, ceil(extract(epoch FROM free_at - clock_timestamp())));
  END IF;
  RETURN NEXT;
END
$$;

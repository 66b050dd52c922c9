-- What bounds a user where calls cost money: how many are opened within a minute, and how long is talked within 24 hours.

-- Whether somebody pays for the call, as its carrier said when it was opened.
ALTER TABLE calls ADD COLUMN costs boolean NOT NULL DEFAULT false;
CREATE INDEX calls_talked ON calls (user_id, ended_at) INCLUDE (connected_at)
  WHERE costs AND connected_at IS NOT NULL AND ended_at IS NOT NULL;

-- When the oldest of what the user talked has left the 24 hours, so that p_needed of it is free again; NULL when so much
-- was not talked. Calls that overlap may free it sooner.
CREATE FUNCTION talk_time_free_at(p_user_id uuid, p_needed interval, p_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
  SELECT min(greatest(t.ended_before, t.ended_at - extract(epoch FROM t.talked - p_needed) * interval '1 second'))
         + interval '24 hours'
    FROM (SELECT c.ended_at,
                 lag(c.ended_at) OVER by_end AS ended_before,
                 sum(c.ended_at - greatest(c.connected_at, p_at - interval '24 hours')) OVER by_end AS talked
            FROM calls c
           WHERE c.user_id = p_user_id AND c.costs AND c.connected_at IS NOT NULL AND c.ended_at > p_at - interval '24 hours'
          WINDOW by_end AS (ORDER BY c.ended_at, c.id)) AS t
   WHERE t.talked >= p_needed
$$;

-- Whether a call that costs may be opened at p_at by a user who has a place for it: `refusal` is NULL when so, and
-- `seconds` then the most that it may last, NULL for as long as it likes. Else `free_at` is when to ask again: what an
-- ongoing call holds may be free when it ends, and it ends at its deadline at the latest.
-- A call holds its whole time limit from its opening to its end, and has spent what it talked from then on. So in no
-- 24 hours more is talked than p_talk_time, but for the moment that the sweep takes to end a call.
--   p_calls_per_minute:  NULL for as many as one likes
--   p_talk_time:         seconds in 24 hours; NULL for as many as one likes
CREATE FUNCTION cost_refusal(p_user_id uuid, p_calls_per_minute integer, p_talk_time integer, p_at timestamptz,
                             OUT refusal text, OUT free_at timestamptz, OUT seconds integer)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  spent interval;
  held bigint;
  next_end timestamptz;
BEGIN
  IF p_calls_per_minute IS NOT NULL THEN
    -- When the last call but so many is a minute old there is room for one more.
    SELECT c.created_at + interval '1 minute' INTO free_at
      FROM calls c WHERE c.user_id = p_user_id AND c.costs AND c.created_at > p_at - interval '1 minute'
     ORDER BY c.created_at DESC OFFSET p_calls_per_minute - 1 LIMIT 1;
    IF FOUND THEN
      refusal := 'call_rate_reached';
      RETURN;
    END IF;
  END IF;
  IF p_talk_time IS NOT NULL THEN
    SELECT coalesce(sum(c.ended_at - greatest(c.connected_at, p_at - interval '24 hours')), '0') INTO spent
      FROM calls c
     WHERE c.user_id = p_user_id AND c.costs AND c.connected_at IS NOT NULL AND c.ended_at > p_at - interval '24 hours';
    SELECT coalesce(sum(c.time_limit), 0), min(c.deadline_at) INTO held, next_end
      FROM calls c WHERE c.user_id = p_user_id AND c.costs AND c.ended_at IS NULL;
    seconds := greatest(0, floor(p_talk_time - held - extract(epoch FROM spent)));
    IF seconds < 1 THEN
      refusal := 'talk_time_spent';
      free_at := least(next_end, talk_time_free_at(p_user_id, spent + (held + 1 - p_talk_time) * interval '1 second', p_at));
    END IF;
  END IF;
END
$$;

-- As before; besides, what bounds calls that cost is judged last, under the lock like the limit, and cuts their time limit.
-- The order of judgement: token, idempotent replay, caller, policy, duplicate, limit, calls a minute, talk time.
-- The count that decides must be a statement of its own after the lock: under READ COMMITTED it then sees every call
-- committed before the lock was had. A count in the same statement as the lock has a snapshot older than the lock.
-- Times are clock_timestamp(), not now(): a call that waited for the lock starts after the one it waited for has ended.
--   p_call:    the columns of the call that the request and the server's settings decide
--   p_lease:   seconds after which a connected call ends unless it is renewed; NULL: the time limit alone counts
--   p_policy:  why the server's policy refuses the call, if so; said only when nothing before it refuses
--   p_once:    refuse a second call between the same two numbers
--   p_calls_per_minute, p_talk_time:  as cost_refusal has them; NULL, too, for a call that costs nothing,
--     and where a node of before this migration asks
-- Of an opened or repeated call `opened` is the call as it was when it was opened. `ongoing` lists the calls that hold the
-- places when the limit refuses, the oldest hundred; `own` are those that the token reaches. `retry_after` are the seconds
-- until it is worth asking again, where a bound on calls that cost refuses.
DROP FUNCTION open_call(bytea, text, boolean, text[], jsonb, integer, text, boolean, text, bytea);
CREATE FUNCTION open_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_call jsonb,
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
    asked.costs := coalesce(asked.costs, false); -- a node of before this migration does not say
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

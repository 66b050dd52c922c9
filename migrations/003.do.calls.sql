-- Every call ever opened, live and afterwards.

CREATE TABLE calls (
  id text PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  client_id text NOT NULL,
  caller text,
  callee text NOT NULL,
  state text NOT NULL CHECK (state IN ('initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed')),
  reason text CHECK (reason IN ('hangUp', 'callerBusy', 'callerNoAnswer', 'callerFailure', 'callerAbandon',
                                'calleeBusy', 'calleeNoAnswer', 'calleeFailure', 'other')),
  ended_by text CHECK (ended_by IN ('client', 'administrator')),
  created_at timestamptz NOT NULL,
  connected_at timestamptz,
  ended_at timestamptz,
  CHECK ((ended_at IS NULL) = (state NOT IN ('disconnected', 'failed'))),
  CHECK ((ended_at IS NULL) = (reason IS NULL)),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX calls_ongoing ON calls (user_id) WHERE ended_at IS NULL;
CREATE INDEX calls_newest ON calls (created_at DESC, id DESC);
CREATE INDEX calls_user_newest ON calls (user_id, created_at DESC, id DESC);
CREATE INDEX calls_client_newest ON calls (client_id, created_at DESC, id DESC);

-- Opens a call for the token's user unless that would exceed the user's limit: the promise of this server.
-- The count that decides must be a statement of its own after the lock: under READ COMMITTED it then sees every call
-- committed before the lock was had. A count in the same statement as the lock has a snapshot older than the lock.
-- Times are clock_timestamp(), not now(): a call that waited for the lock starts after the one it waited for has ended.
CREATE FUNCTION open_call(p_token_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[], p_id text, p_callee text)
RETURNS TABLE (refusal text, max_ongoing_calls integer, ongoing jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  entitled record;
  allowed integer;
BEGIN
  SELECT * INTO entitled FROM token_entitlement(p_token_hash, p_proof_jkt, p_in_query, p_scopes);
  IF entitled.refusal IS NOT NULL THEN
    RETURN QUERY SELECT entitled.refusal, NULL::integer, NULL::jsonb;
    RETURN;
  END IF;

  allowed := entitled.max_ongoing_calls;
  IF (SELECT count(*) FROM calls c WHERE c.user_id = entitled.user_id AND c.ended_at IS NULL) < allowed THEN
    SELECT u.max_ongoing_calls INTO allowed FROM users u WHERE u.id = entitled.user_id FOR NO KEY UPDATE;
    RETURN QUERY
      INSERT INTO calls (id, user_id, client_id, caller, callee, state, created_at, connected_at)
      SELECT p_id, entitled.user_id, entitled.client_id,
             (SELECT n.number FROM user_numbers n WHERE n.user_id = entitled.user_id AND n.is_default),
             p_callee, 'connected', start.at, start.at
        FROM (SELECT clock_timestamp() AS at) AS start
       WHERE (SELECT count(*) FROM calls c WHERE c.user_id = entitled.user_id AND c.ended_at IS NULL) < allowed
      RETURNING NULL::text, allowed, NULL::jsonb;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;

  RETURN QUERY
    SELECT 'call_limit_reached', allowed,
           coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'callee', c.callee, 'createdAt', c.created_at) ORDER BY c.created_at), '[]')
      FROM calls c
     WHERE c.user_id = entitled.user_id AND c.ended_at IS NULL;
END
$$;

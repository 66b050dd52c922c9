-- Phones that really ring: where they are, when they were answered, and what is left of them when a node dies.

ALTER TABLE users ADD COLUMN sip_address text; -- where this person's phone rings, instead of by the template

-- When the caller answered; connected_at is when the callee did, and from then on a call lasts.
ALTER TABLE calls ADD COLUMN caller_answered_at timestamptz;

-- What a carrier needs to go on with a leg, or to end it, in another process: written before the phone can ring, gone when
-- the phone is known to have been told of the end.
CREATE TABLE carried_legs (
  call_id text NOT NULL REFERENCES calls ON DELETE CASCADE,
  leg text NOT NULL CHECK (leg IN ('caller', 'callee')),
  carrier text NOT NULL,
  node_id uuid NOT NULL,
  saved jsonb NOT NULL,
  PRIMARY KEY (call_id, leg)
);
CREATE INDEX carried_legs_node ON carried_legs (node_id);

-- A recording may fail while the call goes on, and be known to have failed whoever ends the call.
ALTER TABLE calls ADD COLUMN recording_failed_at timestamptz;

-- Of a call of this node; of one that has ended meanwhile, too.
CREATE FUNCTION fail_recording(p_id text, p_node_id uuid) RETURNS void
LANGUAGE sql
AS $$
  UPDATE calls
     SET recording_failed_at = clock_timestamp(),
         recording_result = CASE WHEN recording_result = 'success' THEN 'fail' ELSE recording_result END
   WHERE id = p_id AND node_id = p_node_id
$$;

-- As before; besides, the caller has answered once the callee is called, and a recording that has failed is none.
CREATE OR REPLACE FUNCTION move_calls(p_ids text[], p_state text, p_reason text, p_ended_by text, p_node_id uuid DEFAULT NULL)
RETURNS SETOF calls
LANGUAGE plpgsql
AS $$
DECLARE
  ending boolean := p_state IN ('disconnected', 'failed');
  at timestamptz := clock_timestamp();
  moved calls[];
BEGIN
  WITH changed AS (
    UPDATE calls c
       SET state = CASE WHEN p_state = 'failed' AND c.connected_at IS NOT NULL THEN 'disconnected' ELSE p_state END,
           reason = CASE WHEN p_state = 'failed' AND c.connected_at IS NOT NULL THEN 'other' ELSE p_reason END,
           ended_by = p_ended_by,
           caller_answered_at = CASE WHEN p_state = 'callingCallee' THEN at ELSE c.caller_answered_at END,
           connected_at = CASE WHEN p_state = 'connected' THEN at ELSE c.connected_at END,
           ended_at = CASE WHEN ending THEN at END,
           recording_result = CASE WHEN ending AND c.recording_enabled
                                   THEN CASE WHEN c.connected_at IS NULL THEN 'noRecord'
                                             WHEN c.recording_failed_at IS NOT NULL THEN 'fail' ELSE 'success' END END,
           deadline_at = CASE WHEN ending THEN c.deadline_at
                              WHEN p_state = 'connected' THEN at + c.time_limit * interval '1 second'
                              ELSE at + (c.ring_timeout + 5) * interval '1 second' END
     WHERE c.id = ANY (p_ids) AND may_follow(c.state, p_state) AND (p_node_id IS NULL OR c.node_id = p_node_id)
    RETURNING c AS call
  ) SELECT array_agg(call ORDER BY (call).created_at, (call).id) INTO moved FROM changed;
  IF moved IS NOT NULL THEN
    PERFORM append_call_events(moved);
    RETURN QUERY SELECT * FROM unnest(moved);
  END IF;
END
$$;

-- Recordings of calls that are removed or stripped here, to be removed where they are, too: rows go when that is done.
CREATE TABLE recordings_to_remove (
  call_id text PRIMARY KEY,
  carrier text NOT NULL
);

CREATE FUNCTION recording_outlived_call() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO recordings_to_remove (call_id, carrier) VALUES (OLD.id, OLD.carrier) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

-- `ari` alone keeps any. A recording that failed may have left half of itself.
CREATE TRIGGER recording_of_removed_call AFTER DELETE ON calls FOR EACH ROW
  WHEN (OLD.carrier = 'ari' AND OLD.recording_enabled AND OLD.connected_at IS NOT NULL)
  EXECUTE FUNCTION recording_outlived_call();
CREATE TRIGGER recording_of_stripped_call AFTER UPDATE OF stripped_at ON calls FOR EACH ROW
  WHEN (NEW.stripped_at IS NOT NULL AND OLD.carrier = 'ari' AND OLD.recording_enabled AND OLD.connected_at IS NOT NULL)
  EXECUTE FUNCTION recording_outlived_call();

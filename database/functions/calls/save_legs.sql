-- Writes legs of calls that the node p_node_id holds, as saveLeg in src/carriers/sip/leg-store.ts does for one. Each element of
-- p_legs has the columns of a leg. No two have the same attempt. Never waits for a call.
-- Returns the attempts of those that it has written: of another one, the call is locked, or the node does not hold it.
CREATE OR REPLACE FUNCTION save_legs(p_node_id uuid, p_carrier text, p_legs jsonb) RETURNS SETOF text
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
  RETURN QUERY
  INSERT INTO carried_legs (call_id, leg, carrier, node_id, attempt, session_interval, saved)
  SELECT c.id, l.leg, p_carrier, p_node_id, l.attempt, l.session_interval, l.saved
    FROM jsonb_populate_recordset(NULL::carried_legs, p_legs) AS l JOIN calls c ON c.id = l.call_id
   WHERE c.node_id = p_node_id
     FOR KEY SHARE OF c SKIP LOCKED
  ON CONFLICT (call_id, attempt) DO UPDATE SET saved = excluded.saved, session_interval = excluded.session_interval
   WHERE carried_legs.node_id = excluded.node_id
  RETURNING attempt;
END
$$;

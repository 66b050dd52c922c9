-- Stores legs of a call, while the node p_node_id holds it. Each of p_legs has the properties leg, attempt, sessionInterval and saved.
-- Shares a lock on the call with adopt_calls, so a node that takes the call over finds every leg that was stored.
-- Returns whether all are stored: not if another node holds the call.
CREATE OR REPLACE FUNCTION save_legs(p_call_id text, p_node_id uuid, p_carrier text, p_legs jsonb) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  stored integer;
BEGIN
  INSERT INTO carried_legs (call_id, leg, carrier, node_id, attempt, session_interval, saved)
  SELECT c.id, l.leg, p_carrier, p_node_id, l.attempt, l."sessionInterval", l.saved
    FROM calls c CROSS JOIN jsonb_to_recordset(p_legs) AS l(leg text, attempt text, "sessionInterval" integer, saved jsonb)
   WHERE c.id = p_call_id AND c.node_id = p_node_id
     FOR KEY SHARE OF c
  ON CONFLICT (call_id, attempt) DO UPDATE SET saved = excluded.saved, session_interval = excluded.session_interval
   WHERE carried_legs.node_id = excluded.node_id;
  GET DIAGNOSTICS stored = ROW_COUNT;
  RETURN stored = jsonb_array_length(p_legs);
END
$$;

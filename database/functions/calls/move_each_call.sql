-- Changes the states of several calls, each as its request says, and as move_call does for one. A request has the parameters of
-- move_call. No two requests are for the same call. Never waits for a user's row.
--
--   n:       the request's place among them, from 1
--   locked:  another transaction holds the lock on the user's row; ask again with move_call
--   moved:   the call, if this statement changed it
--
-- Requests for the same change share an update, whatever their causes, because most transitions that arrive together are alike.
CREATE OR REPLACE FUNCTION move_each_call(p_requests jsonb) RETURNS TABLE (n bigint, locked boolean, moved calls)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  ids text[];
  user_ids uuid[];
  locked_users uuid[];
  alike record;
  changed calls[] := '{}';
BEGIN
  SELECT array_agg(r.id ORDER BY r.ordinality), array_agg(c.user_id ORDER BY r.ordinality) INTO ids, user_ids
    FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (id text)) WITH ORDINALITY AS r LEFT JOIN calls c ON c.id = r.id;
  locked_users := lock_limits(user_ids, false);
  FOR alike IN
    SELECT r.state, r.reason, r.ended_by, r.node_id, array_agg(r.id) AS ids, jsonb_object_agg(r.id, r.cause) AS causes
      FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (
             id text, state text, reason text, ended_by text, node_id uuid, cause jsonb)) WITH ORDINALITY AS r
     WHERE user_ids[r.ordinality] = ANY (locked_users)
     GROUP BY r.state, r.reason, r.ended_by, r.node_id
  LOOP
    changed := changed || ARRAY(
      SELECT m FROM move_calls(alike.ids, alike.state, alike.reason, alike.ended_by, alike.node_id, alike.causes) AS m);
  END LOOP;
  RETURN QUERY
    SELECT r.n, r.user_id IS NOT NULL AND r.user_id <> ALL (locked_users), m
      FROM unnest(ids, user_ids) WITH ORDINALITY AS r (id, user_id, n)
      LEFT JOIN unnest(changed) AS m ON m.id = r.id;
END
$$;

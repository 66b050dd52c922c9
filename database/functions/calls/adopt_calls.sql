-- Assigns the ongoing calls of dead nodes, and of nodes that have stopped, to the node p_node_id. The advisory lock p_lock
-- lets only one node do this at a time, so each call is assigned once.
-- A node that was itself disconnected for p_dead_after, as all nodes are during a database outage, cannot judge the others;
-- it gives them time to reconnect. Locked calls are skipped until the next time, to avoid a deadlock with their holder.
CREATE OR REPLACE FUNCTION adopt_calls(p_node_id uuid, p_dead_after interval, p_lock bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(p_lock) THEN
    RETURN;
  END IF;
  DELETE FROM nodes
   WHERE seen_at < now() - p_dead_after
     AND EXISTS (SELECT FROM nodes judge
                  WHERE judge.id = p_node_id AND judge.since < now() - p_dead_after AND judge.seen_at >= now() - p_dead_after);
  UPDATE calls SET node_id = p_node_id
   WHERE id IN (SELECT c.id FROM calls c
                 WHERE c.ended_at IS NULL AND c.node_id IS NOT NULL
                   AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = c.node_id)
                   FOR UPDATE SKIP LOCKED);
END
$$;

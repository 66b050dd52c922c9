-- Gives the ongoing calls of nodes that are dead, or have left, to the node p_node_id. One node at a time, under the advisory
-- lock p_lock, so that each call is taken once.
-- A node that was away for p_dead_after itself, as all are while the database is away, cannot judge the others: it gives them
-- time to return. A locked call is left for the next time: its holder may wait for a call that this statement has taken.
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

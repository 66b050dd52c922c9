-- Assigns the ongoing calls of dead nodes, and of nodes that have stopped, to the node p_node_id, if it runs their carriers
-- (p_carriers). The advisory lock p_lock lets only one node do this at a time, so each call is assigned once.
-- A node that was itself disconnected for p_dead_after, as all nodes are during a database outage, cannot judge the others;
-- it gives them time to reconnect. Locked calls are skipped until the next time, to avoid a deadlock with their holder.
-- A call that no running node can carry keeps its place until its phones must have hung up: when the sessions of both have
-- expired, or else at its time limit. A node that runs its carrier may take it over until then.
CREATE OR REPLACE FUNCTION adopt_calls(p_node_id uuid, p_dead_after interval, p_carriers text[], p_lock bigint) RETURNS void
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
  UPDATE calls
     SET node_id = p_node_id,
         uncarried_since = NULL,
         deadline_at = CASE WHEN uncarried_since IS NULL THEN deadline_at
                            ELSE connected_at + time_limit * interval '1 second' END
   WHERE id IN (SELECT c.id FROM calls c
                 WHERE c.ended_at IS NULL AND c.node_id IS NOT NULL AND c.carrier = ANY (p_carriers)
                   AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = c.node_id)
                   FOR UPDATE SKIP LOCKED);
  UPDATE calls
     SET uncarried_since = now(),
         deadline_at = least(deadline_at, now() + session_end(id))
   WHERE id IN (SELECT c.id FROM calls c
                 WHERE c.state = 'connected' AND c.node_id IS NOT NULL AND c.uncarried_since IS NULL
                   AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = c.node_id OR c.carrier = ANY (n.carriers))
                   FOR UPDATE SKIP LOCKED);
END
$$;

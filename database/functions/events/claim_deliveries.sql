-- Claims due deliveries for attempts: at most p_limit, and so many of each destination that all nodes together have at most
-- p_limit_per_destination attempts to it. Visits the destinations in turn, from the one after p_after on. A claimed delivery is
-- due again after p_lost_after, unless its attempt is settled before. `attempt` identifies the attempt.
-- The work does not grow with the number of deliveries: destinations without a due delivery are not visited, and few can be
-- visited without a claim, because they have as many attempts as they may.
CREATE OR REPLACE FUNCTION claim_deliveries(
  p_lock bigint, p_limit integer, p_limit_per_destination integer, p_after text, p_lost_after interval
) RETURNS TABLE (id bigint, destination text, attempt timestamptz)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  claimed bigint[] := '{}';
  visited text := p_after;
  webhook uuid;
  wrapped boolean := false;
BEGIN
  IF NOT EXISTS (SELECT FROM deliveries WHERE state = 'due')
     AND NOT EXISTS (SELECT FROM deliveries WHERE state IN ('attempting', 'retrying') AND attempt_at <= now()) THEN
    RETURN;
  END IF;
  -- One node at a time: each statement below then sees the attempts that other nodes have claimed.
  PERFORM pg_advisory_xact_lock(p_lock);

  -- What is left is due at the next claim: thousands of rows would make this one slow.
  UPDATE deliveries SET state = 'due'
   WHERE id = ANY (ARRAY(SELECT id FROM deliveries WHERE state IN ('attempting', 'retrying') AND attempt_at <= now()
                          ORDER BY attempt_at LIMIT 250 FOR UPDATE SKIP LOCKED));

  WHILE cardinality(claimed) < p_limit LOOP
    SELECT d.destination, d.webhook_id INTO visited, webhook
      FROM deliveries d WHERE d.state = 'due' AND d.destination > visited ORDER BY d.destination LIMIT 1;
    IF visited IS NULL THEN
      EXIT WHEN wrapped;
      wrapped := true;
      visited := '';
      CONTINUE;
    END IF;
    EXIT WHEN wrapped AND visited COLLATE "C" > p_after;
    CONTINUE WHEN EXISTS (SELECT FROM webhooks w WHERE w.id = webhook AND w.removed_at IS NOT NULL);

    -- Skips a delivery that another transaction has locked. It is still open, so the later ones of its lane wait for it.
    claimed := claimed || ARRAY(
      SELECT d.id FROM deliveries d
       WHERE d.state = 'due' AND d.destination = visited
         AND NOT EXISTS (SELECT FROM deliveries o
                          WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.ended_at IS NULL
                            AND (o.id < d.id OR o.state = 'attempting'))
       ORDER BY d.attempt_at
       LIMIT least(p_limit - cardinality(claimed),
                   p_limit_per_destination - (SELECT count(*) FROM deliveries a
                                               WHERE a.destination = visited AND a.state = 'attempting'))
         FOR UPDATE SKIP LOCKED);
  END LOOP;

  RETURN QUERY
    WITH begun AS (
      UPDATE deliveries d
         SET state = 'attempting', attempt_at = now() + p_lost_after, tried_since = coalesce(d.tried_since, now())
       WHERE d.id = ANY (claimed)
      RETURNING d.id, d.destination, d.attempt_at)
    SELECT b.id, b.destination, b.attempt_at FROM begun b ORDER BY array_position(claimed, b.id);
END
$$;

-- Picks at most p_count due deliveries of a client, for claim_deliveries, and locks them. Visits the client's destinations in
-- turn, from the one after p_turn on, which becomes the one that was picked last. Passes over a destination that may have no more
-- attempts, and pauses the deliveries of a receiver that does not answer. When the pause is over, one delivery is attempted, as a
-- probe: the one that the circuit names, if it can be. Deliveries to a disabled webhook are neither sent nor paused: their attempt
-- stops them.
-- p_clients and p_hosts have an entry for each attempt of the node, and then for each of p_claimed, which have been picked before.
-- p_circuits: whether there are any circuits.
CREATE OR REPLACE FUNCTION pick_deliveries(
  p_client_id text, INOUT p_turn text, p_count integer, p_places integer, p_per_receiver integer,
  p_lost_after interval, p_park_after interval, p_clients text[], p_hosts text[], p_claimed bigint[], p_circuits boolean,
  OUT picked bigint[], OUT picked_hosts text[]
)
LANGUAGE plpgsql
AS $$
DECLARE
  visited text := p_turn;
  webhook_id uuid;
  receiver text;
  under_way integer; -- attempts to the receiver, of all nodes
  removed boolean;
  disabled boolean;
  paused boolean;
  probe boolean;
  probe_id bigint; -- the next probe, which the other deliveries to the receiver wait for
  at_probe text; -- its destination
  on_host integer;
  own_on_host integer;
  room integer;
  several boolean := false; -- destinations
  found bigint[];
  whole_round boolean := p_turn = '';
  round_picked boolean := false;
BEGIN
  picked := '{}';
  picked_hosts := '{}';
  IF p_count > 1 THEN
    SELECT min(destination) < max(destination) INTO several FROM deliveries WHERE state = 'due' AND client_id = p_client_id;
  END IF;
  WHILE cardinality(picked) < p_count LOOP
    SELECT d.destination, h.host, d.webhook_id,
           -- The order and the limit make the plan use deliveries_attempting.
           (SELECT count(*) FROM (SELECT FROM deliveries
                                   WHERE state = 'attempting' AND client_id = p_client_id
                                     AND destination >= h.host || ' ' AND destination < beyond_host(h.host)
                                   ORDER BY destination LIMIT p_per_receiver) AS a)
      INTO visited, receiver, webhook_id, under_way
      FROM deliveries d, LATERAL (SELECT split_part(d.destination, ' ', 1) AS host) AS h
     WHERE d.state = 'due' AND d.client_id = p_client_id AND d.destination > visited ORDER BY d.destination LIMIT 1;
    IF visited IS NULL THEN
      EXIT WHEN whole_round AND NOT round_picked;
      whole_round := true;
      round_picked := false;
      visited := '';
      CONTINUE;
    END IF;
    disabled := false;
    IF webhook_id IS NOT NULL THEN
      SELECT w.removed_at IS NOT NULL, w.disabled_at IS NOT NULL INTO removed, disabled FROM webhooks w WHERE w.id = webhook_id;
      CONTINUE WHEN removed;
    END IF;
    probe := false;
    at_probe := NULL;
    IF p_circuits AND NOT disabled THEN
      SELECT k.opened_at IS NOT NULL, k.paused_until > now(), k.probe_id, probe_destination(k.probe_id)
        INTO probe, paused, probe_id, at_probe
        FROM delivery_circuits k WHERE k.client_id = p_client_id AND k.host = receiver;
      IF paused THEN
        PERFORM pause_deliveries(p_client_id, visited, p_park_after);
        CONTINUE;
      END IF;
      CONTINUE WHEN at_probe <> visited;
    END IF;

    on_host := 0;
    own_on_host := 0;
    IF receiver = ANY (p_hosts) OR receiver = ANY (picked_hosts) THEN
      SELECT here.picked + count(*), here.picked + count(*) FILTER (WHERE client_id = p_client_id),
             under_way + here.picked
               + count(*) FILTER (WHERE client_id = p_client_id AND number > cardinality(p_clients) - cardinality(p_claimed))
        INTO on_host, own_on_host, under_way
        FROM (SELECT cardinality(array_positions(picked_hosts, receiver)) AS picked) AS here
        LEFT JOIN unnest(p_clients, p_hosts) WITH ORDINALITY AS r (client_id, host, number) ON host = receiver
       GROUP BY here.picked;
    END IF;
    room := least(p_count - cardinality(picked), p_per_receiver - under_way,
                  CASE WHEN own_on_host = 0 OR on_host < p_places * 3 / 8 THEN p_places / 2 - on_host ELSE 0 END);
    IF room <= 0 THEN
      visited := beyond_host(receiver);
      CONTINUE;
    END IF;
    -- One of each destination, unless there is only one.
    IF probe OR several THEN
      room := 1;
    END IF;

    -- Skips a delivery that another transaction has locked. It is still open, so the later ones of its lane wait for it.
    IF at_probe IS NOT NULL THEN
      found := ARRAY(SELECT d.id FROM deliveries d WHERE d.id = probe_id AND d.state = 'due' FOR UPDATE SKIP LOCKED);
    ELSE
      found := ARRAY(
        SELECT d.id FROM deliveries d
         WHERE d.state = 'due' AND d.client_id = p_client_id AND d.destination = visited AND d.id <> ALL (p_claimed) AND d.id <> ALL (picked)
           AND NOT EXISTS (SELECT FROM deliveries o
                            WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.ended_at IS NULL
                              AND (o.id < d.id OR o.state = 'attempting'))
         ORDER BY d.attempt_at LIMIT room FOR UPDATE SKIP LOCKED);
    END IF;
    EXIT WHEN room > 1 AND found = '{}';
    CONTINUE WHEN found = '{}';
    IF probe THEN
      UPDATE delivery_circuits c
         SET probe_id = found[1], paused_until = now() + p_lost_after,
             resume_at = CASE WHEN c.resume_at IS NOT NULL THEN now() + p_lost_after END
       WHERE client_id = p_client_id AND host = receiver AND opened_at IS NOT NULL;
    END IF;
    picked := picked || found;
    picked_hosts := picked_hosts || array_fill(receiver, ARRAY[cardinality(found)]);
    p_turn := visited;
    round_picked := true;
    EXIT WHEN room > 1;
  END LOOP;
END
$$;

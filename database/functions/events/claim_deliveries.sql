-- Claims due deliveries for attempts of one node, and shares its places among clients and receivers:
--   A place goes to the client with the fewest attempts of this node; among equals, in turn.
--   A client has at most half of the places. The last quarter goes only to clients without an attempt.
--   The same holds for a host: at most half of the places, and the last eighth of all only to clients without an attempt to it.
--   A client has at most p_per_receiver attempts to one host, of all nodes together.
--   The destinations of a client get attempts in turn.
-- p_running_* has an entry for each attempt of this node. p_turn_* has the destination that this node claimed last of each
-- client. A round visits the clients after p_round_start, and then the others.
-- `claimed` has a ClaimedDelivery (src/core/events/deliveries/claim-store.ts) for each delivery, which is due again after
-- p_lost_after, unless its attempt is settled before.
-- The work does not grow with the number of deliveries: clients and destinations without a due delivery are not visited. A paused
-- receiver soon has none. A host that has all attempts it may have can have due deliveries of thousands of clients. Those that have
-- no other ones are passed over. A claim visits at most 100 clients and passes over 500, so that other nodes do not wait long for
-- it: `continue_after` is then the p_after of the next claim of the round.
CREATE OR REPLACE FUNCTION claim_deliveries(
  p_lock bigint, p_places integer, p_per_receiver integer, p_lost_after interval, p_park_after interval,
  p_running_clients text[], p_running_hosts text[], p_turn_clients text[], p_turn_destinations text[],
  p_round_start text, p_after text, OUT claimed jsonb, OUT continue_after text
)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
  some_due boolean;
  some_waited boolean;
  some_resume boolean;
  some_circuit boolean;
  -- Of the attempts of this node, and of what is claimed here.
  clients text[] := p_running_clients;
  hosts text[] := p_running_hosts;
  ids bigint[] := '{}';
  -- Clients with due deliveries, in turn, and the destination of each that was claimed last.
  candidates text[] := '{}';
  turns text[] := '{}';
  lowest text;
  highest text;
  wrapped boolean := p_after COLLATE "C" < p_round_start;
  all_seen boolean := false;
  attempts integer := 0;
  place integer := 0;
  client text := p_after;
  looks integer := 500; -- how many clients may still be passed over
  walk record;
  reached text;
  over boolean; -- the round
  own integer;
  room integer;
  pick record;
  full_host text := full_host(p_running_hosts, p_places); -- there is only one while there are places
BEGIN
  claimed := '[]';
  SELECT EXISTS (SELECT FROM deliveries WHERE state = 'due'),
         EXISTS (SELECT FROM deliveries WHERE state IN ('attempting', 'retrying') AND attempt_at <= now())
           OR EXISTS (SELECT FROM deliveries WHERE state = 'paused' AND attempt_at <= now()),
         EXISTS (SELECT FROM delivery_circuits)
    INTO some_due, some_waited, some_circuit;
  some_resume := some_circuit
    AND EXISTS (SELECT FROM delivery_circuits WHERE resume_at <= now());
  IF NOT (some_due OR some_waited OR some_resume) THEN
    RETURN;
  END IF;
  -- One node at a time: each statement below then sees the attempts that other nodes have claimed.
  PERFORM pg_advisory_xact_lock(p_lock);
  IF some_waited THEN
    PERFORM wake_deliveries();
  END IF;
  IF some_resume THEN
    PERFORM resume_deliveries(p_lost_after);
  END IF;
  SELECT min(d.client_id), max(d.client_id) INTO lowest, highest FROM deliveries d WHERE d.state = 'due';
  IF lowest = highest THEN
    candidates := ARRAY[lowest];
    turns := ARRAY[coalesce(p_turn_destinations[array_position(p_turn_clients, lowest)], '')];
    all_seen := true;
    place := 1;
    attempts := -1;
  END IF;

  WHILE cardinality(clients) < p_places AND lowest IS NOT NULL LOOP
    -- The next client: first those without an attempt, then those with one, with two, and so on.
    IF NOT all_seen THEN
      walk := find_due_client(client, full_host, looks);
      looks := looks - walk.looks;
      reached := coalesce(walk.next_client, walk.passed);
      IF reached IS NULL AND NOT wrapped THEN
        wrapped := true;
        client := '';
        CONTINUE;
      END IF;
      over := reached IS NULL
        OR wrapped AND (reached COLLATE "C" > p_round_start OR walk.next_client IS NULL AND reached = p_round_start);
      IF over OR walk.next_client IS NULL OR cardinality(candidates) = 100 THEN
        continue_after := CASE WHEN NOT over THEN coalesce(walk.passed, client) END;
        all_seen := true;
        place := cardinality(candidates);
        CONTINUE;
      END IF;
      client := walk.next_client;
      candidates := candidates || client;
      turns := turns || coalesce(p_turn_destinations[array_position(p_turn_clients, client)], '');
      place := cardinality(candidates);
    ELSE
      EXIT WHEN candidates = '{}';
      place := place % cardinality(candidates) + 1;
      IF place = 1 THEN
        SELECT min(n) INTO attempts
          FROM unnest(candidates) AS c, LATERAL (SELECT cardinality(array_positions(clients, c)) AS n) AS of_client
         WHERE n > attempts;
        EXIT WHEN attempts IS NULL OR attempts >= p_places / 2;
      END IF;
      client := candidates[place];
    END IF;
    own := cardinality(array_positions(clients, client));
    CONTINUE WHEN own <> attempts;

    -- A lone client gets its share at once.
    room := least(CASE WHEN lowest = highest THEN p_places / 2 - own ELSE 1 END,
                  greatest(p_places * 3 / 4 - cardinality(clients), CASE own WHEN 0 THEN 1 ELSE 0 END));
    EXIT WHEN room <= 0;
    pick := pick_deliveries(client, turns[place], room, p_places, p_per_receiver, p_lost_after, p_park_after,
                            clients, hosts, ids, some_circuit);
    turns[place] := pick.p_turn;
    ids := ids || pick.picked;
    hosts := hosts || pick.picked_hosts;
    IF pick.picked <> '{}' AND full_host IS NULL THEN
      full_host := full_host(hosts, p_places);
    END IF;
    clients := clients || array_fill(client, ARRAY[cardinality(pick.picked)]);
    EXIT WHEN lowest = highest;
  END LOOP;

  IF ids <> '{}' THEN
    WITH begun AS (
      UPDATE deliveries d
         SET state = 'attempting', attempt_at = now() + p_lost_after, tried_since = coalesce(d.tried_since, now())
       WHERE d.id = ANY (ids)
      RETURNING d.id, d.client_id, d.destination, d.attempt_at)
    SELECT jsonb_agg(jsonb_build_object('id', b.id::text, 'clientId', b.client_id, 'destination', b.destination,
                                        'attempt', b.attempt_at::text) ORDER BY array_position(ids, b.id))
      INTO claimed FROM begun b;
  END IF;
END
$$;

-- Finds the next client after p_after that has a due delivery to another host than p_full_host (NULL: to any). One look at the
-- index passes over all deliveries of a client to that host, and thousands of clients can have no other ones: after p_looks looks
-- none is found, and `passed` is the last client that was passed over. It is NULL if there are no more clients.
CREATE OR REPLACE FUNCTION find_due_client(
  p_after text, p_full_host text, p_looks integer, OUT next_client text, OUT passed text, OUT looks integer
)
LANGUAGE plpgsql
AS $$
DECLARE
  at text;
  first text := p_full_host || ' ';
  beyond text := beyond_host(p_full_host);
  none boolean := false;
BEGIN
  looks := 0;
  SELECT client_id, destination INTO next_client, at FROM deliveries
   WHERE state = 'due' AND client_id > p_after ORDER BY client_id, destination LIMIT 1;
  IF at COLLATE "C" >= first AND at COLLATE "C" < beyond THEN
    WITH RECURSIVE walk AS (
      SELECT next_client COLLATE "C" AS client_id, at COLLATE "C" AS destination, p_after COLLATE "C" AS previous, 0 AS number
      UNION ALL
      SELECT n.client_id, n.destination, w.client_id, w.number + 1
        FROM walk w, LATERAL (SELECT d.client_id, d.destination FROM deliveries d
                               WHERE d.state = 'due' AND (d.client_id, d.destination) >= (w.client_id, beyond)
                               ORDER BY d.client_id, d.destination LIMIT 1) AS n
       WHERE w.number < p_looks AND w.destination >= first AND w.destination < beyond
    )
    SELECT client_id, previous, number, destination >= first AND destination < beyond
      INTO next_client, passed, looks, none FROM walk ORDER BY number DESC LIMIT 1;
    next_client := CASE WHEN NOT none THEN next_client END;
    passed := CASE WHEN none AND looks = p_looks THEN passed END;
  END IF;
END
$$;

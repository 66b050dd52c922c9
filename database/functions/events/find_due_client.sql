-- Finds the next client after p_after that has a due delivery to another host than p_full_host (NULL: to any).
CREATE OR REPLACE FUNCTION find_due_client(p_after text, p_full_host text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
  found text;
  at text;
BEGIN
  SELECT client_id, destination INTO found, at FROM deliveries
   WHERE state = 'due' AND client_id > p_after ORDER BY client_id, destination LIMIT 1;
  -- Skips all deliveries of a client to the host at once.
  WHILE at COLLATE "C" >= p_full_host || ' ' AND at COLLATE "C" < p_full_host || '!' LOOP
    SELECT client_id, destination INTO found, at FROM deliveries
     WHERE state = 'due' AND (client_id, destination) >= (found, p_full_host || '!') ORDER BY client_id, destination LIMIT 1;
  END LOOP;
  RETURN found;
END
$$;

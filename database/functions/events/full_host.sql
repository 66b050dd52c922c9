-- The host that has all the attempts that one may have, half of the places of a node; NULL if none has.
CREATE OR REPLACE FUNCTION full_host(p_hosts text[], p_places integer) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT host FROM unnest(p_hosts) AS host GROUP BY host HAVING count(*) >= p_places / 2 LIMIT 1
$$;

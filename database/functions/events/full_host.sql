-- The host that has all the attempts that one may have, half of the places of a node; NULL if none has.
CREATE OR REPLACE FUNCTION full_host(p_hosts text[], p_places integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  IF cardinality(p_hosts) < p_places / 2 THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT host FROM unnest(p_hosts) AS host GROUP BY host HAVING count(*) >= p_places / 2 LIMIT 1);
END
$$;

-- Is after all destinations of a host, which begin with the host and a space, and before those of any other one: "!" follows the
-- space, and a host contains neither.
CREATE OR REPLACE FUNCTION beyond_host(p_host text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT p_host || '!'
$$;

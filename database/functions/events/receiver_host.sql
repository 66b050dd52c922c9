-- The host of a URL, without its port and without the final dot of a name.
CREATE OR REPLACE FUNCTION receiver_host(p_url text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT lower(coalesce(rtrim(substring(p_url FROM '^[^/]*//(\[[^]]*\]|[^/?#:]*)'), '.'), ''))
$$;

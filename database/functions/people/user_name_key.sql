-- The key of a user name, as users.name_key has it. Every statement that finds users by name uses it. PostgreSQL alone computes
-- keys, because JavaScript converts some letters to lower case differently.
CREATE OR REPLACE FUNCTION user_name_key(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(normalize(p_name, NFKC));
$$;

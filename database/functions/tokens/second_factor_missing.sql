-- Whether an authorization does not give the scope admin to its client: its user has a second factor, or must have one, but granted
-- it with the password alone.
--   p_verified:  authorizations.second_factor; NULL without an authorization
--   p_required:  the operator requires a second factor of every administrator
CREATE OR REPLACE FUNCTION second_factor_missing(p_user_id uuid, p_verified boolean, p_required boolean) RETURNS boolean
LANGUAGE sql STABLE
AS $$
  SELECT p_verified IS NOT TRUE AND (p_required OR EXISTS (SELECT FROM second_factors WHERE user_id = p_user_id))
$$;

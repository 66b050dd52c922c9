-- When a call that rings since p_since is overdue. A few seconds on top of the timeout: the carrier, which knows more, comes first.
CREATE OR REPLACE FUNCTION ringing_deadline(p_since timestamptz, p_ring_timeout integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$
  SELECT p_since + (p_ring_timeout + 5) * interval '1 second'
$$;

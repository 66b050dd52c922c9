-- When a call that has been ringing since p_since is overdue: a few seconds after the timeout, so that the carrier, which knows
-- the reason, can end the call first.
CREATE OR REPLACE FUNCTION ringing_deadline(p_since timestamptz, p_ring_timeout integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$
  SELECT p_since + (p_ring_timeout + 5) * interval '1 second'
$$;

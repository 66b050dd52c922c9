-- How long the phones of a call may stay connected if their sessions are not refreshed; NULL: without limit.
CREATE OR REPLACE FUNCTION session_end(p_call_id text) RETURNS interval
LANGUAGE sql STABLE
AS $$
  SELECT CASE WHEN bool_and(l.session_interval IS NOT NULL) THEN max(l.session_interval) * interval '1 second' END
    FROM carried_legs l WHERE l.call_id = p_call_id
$$;

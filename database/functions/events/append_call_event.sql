-- Appends an event for one call; see append_call_events.
CREATE OR REPLACE FUNCTION append_call_event(p_call calls) RETURNS void
LANGUAGE sql
AS $$
  SELECT append_call_events(ARRAY[p_call])
$$;

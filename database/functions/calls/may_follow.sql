-- Whether a call may change from one state to another. States only move forward and may be skipped, and a call ends once. So
-- a report that is late, repeated or out of order changes nothing.
CREATE OR REPLACE FUNCTION may_follow(p_from text, p_to text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
  SELECT p_from NOT IN ('disconnected', 'failed')
     AND array_position(ARRAY['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'], p_to)
       > array_position(ARRAY['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'], p_from)
$$;

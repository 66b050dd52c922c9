-- The outcome of an ended call, for users, administrators, charts and exports.
CREATE OR REPLACE FUNCTION call_outcome(p_answered boolean, p_reason text) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT CASE WHEN p_answered THEN 'answered'
              ELSE coalesce((SELECT o.outcome FROM call_outcomes o WHERE o.reason = p_reason), 'other') END
$$;

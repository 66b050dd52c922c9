-- Clears the numbers and the texts of ended calls, and deletes their deliveries.
CREATE OR REPLACE FUNCTION strip_calls(p_ids text[]) RETURNS void
LANGUAGE sql
AS $$
  DELETE FROM deliveries WHERE call_id = ANY (p_ids);
  UPDATE calls
     SET caller = NULL, callee = '', client_reference = NULL, metadata = '{}',
         cause_text = NULL, -- a peer's phrase may contain a number
         sink = NULL, sink_token = NULL, sink_token_expires_at = NULL, sink_correlator = NULL, stripped_at = now()
   WHERE id = ANY (p_ids) AND ended_at IS NOT NULL AND stripped_at IS NULL
$$;

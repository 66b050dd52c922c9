-- Records that the recording of a call of this node failed. The call may already have ended.
CREATE OR REPLACE FUNCTION fail_recording(p_id text, p_node_id uuid) RETURNS void
LANGUAGE sql
AS $$
  UPDATE calls
     SET recording_failed_at = clock_timestamp(),
         recording_result = CASE WHEN recording_result = 'success' THEN 'fail' ELSE recording_result END
   WHERE id = p_id AND node_id = p_node_id
$$;

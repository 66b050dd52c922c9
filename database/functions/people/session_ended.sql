-- Trigger: queues a logout token for each application with which the user signed in during a session that has ended, if the
-- application has an address for it. `authorizations` of a session has the clients, with what their ID tokens call the session.
-- A session that is stored under two ids for a moment gets one token.
CREATE OR REPLACE FUNCTION session_ended() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO logout_notices (client_id, user_id, sid)
  SELECT c.id, OLD.user_id, a.value->>'sid'
    FROM jsonb_each(OLD.payload->'authorizations') AS a
    JOIN clients c ON c.id = a.key
   WHERE c.metadata ? 'backchannel_logout_uri' AND c.removed_at IS NULL AND a.value ? 'sid'
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

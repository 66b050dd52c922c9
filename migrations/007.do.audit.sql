-- Who did what to the security of whom: sign-ins, permissions, limits, secrets, calls ended by force. Only ever added to.
-- Nobody is named here: people are ids, so that who is erased is not found any more, and numbers never are.

CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL CHECK (actor IN ('user', 'administrator', 'application', 'commandLine', 'server', 'nobody')),
  actor_user_id uuid,   -- no foreign keys: the log outlives what it tells of
  actor_client_id text, -- the application that acted, or through which the user did
  ip_address text,
  action text NOT NULL,
  user_id uuid,         -- whom it concerns
  client_id text,
  subject text,         -- what else it concerns, such as a call's id
  details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_newest ON audit_log (at DESC, id DESC);
CREATE INDEX audit_log_action ON audit_log (action, at DESC, id DESC);
CREATE INDEX audit_log_user ON audit_log (user_id, at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX audit_log_actor ON audit_log (actor_user_id, at DESC, id DESC) WHERE actor_user_id IS NOT NULL;
CREATE INDEX audit_log_client ON audit_log (client_id, at DESC, id DESC) WHERE client_id IS NOT NULL;

CREATE FUNCTION refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only ever added to';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

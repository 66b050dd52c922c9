CREATE OR REPLACE TRIGGER lock_user_of_grant BEFORE DELETE ON grants
  FOR EACH ROW EXECUTE FUNCTION lock_user_of_grant();
CREATE OR REPLACE TRIGGER grant_withdrawn AFTER DELETE ON grants
  FOR EACH ROW EXECUTE FUNCTION grant_withdrawn();

CREATE OR REPLACE TRIGGER user_disabled AFTER UPDATE OF disabled_at ON users
  FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION user_disabled();
CREATE OR REPLACE TRIGGER administrator_removed AFTER UPDATE OF administrator ON users
  FOR EACH ROW WHEN (OLD.administrator AND NOT NEW.administrator) EXECUTE FUNCTION administrator_removed();

-- Every sign-out deletes the session: by the user, an administrator, a new password, or when the user is disabled. The expiry
-- sweep deletes sessions that have expired, which is no sign-out.
CREATE OR REPLACE TRIGGER session_ended AFTER DELETE ON artifacts
  FOR EACH ROW WHEN (OLD.model = 'Session' AND OLD.user_id IS NOT NULL AND OLD.expires_at > now())
  EXECUTE FUNCTION session_ended();

CREATE OR REPLACE TRIGGER remove_webhooks AFTER DELETE ON clients
  FOR EACH ROW EXECUTE FUNCTION remove_webhooks_of_client();

-- Only the carrier `ari` stores recordings. A failed recording may be stored in part.
CREATE OR REPLACE TRIGGER recording_of_removed_call AFTER DELETE ON calls
  FOR EACH ROW WHEN (OLD.carrier = 'ari' AND OLD.recording_enabled AND OLD.connected_at IS NOT NULL)
  EXECUTE FUNCTION recording_outlived_call();
CREATE OR REPLACE TRIGGER recording_of_stripped_call AFTER UPDATE OF stripped_at ON calls
  FOR EACH ROW WHEN (NEW.stripped_at IS NOT NULL AND OLD.carrier = 'ari' AND OLD.recording_enabled AND OLD.connected_at IS NOT NULL)
  EXECUTE FUNCTION recording_outlived_call();

CREATE OR REPLACE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- The administrators' console: who is signed in there, and what proves it is them beside the password.

CREATE TABLE console_sessions (
  hash bytea PRIMARY KEY, -- SHA-256 of what the browser's cookie holds
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  second_factor_owed boolean NOT NULL, -- until it is shown, the session opens nothing
  signed_in_at timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz NOT NULL DEFAULT now(), -- when the password or the second factor was last given
  seen_at timestamptz NOT NULL DEFAULT now(), -- when the person last asked for something
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  challenge text, -- what a passkey must sign; taken out when it is answered
  challenged_at timestamptz,
  sealed_new_secret bytea -- of a code generator that is being set up
);
CREATE INDEX console_sessions_user ON console_sessions (user_id);

CREATE TABLE second_factors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('totp', 'passkey')),
  name text NOT NULL,
  sealed_secret bytea,
  last_step bigint, -- the time step of the code that was accepted last: no code works twice
  credential_id text UNIQUE,
  public_key bytea,
  counter bigint,
  transports text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  CHECK (CASE kind
    WHEN 'totp' THEN num_nulls(sealed_secret, last_step) = 0
    ELSE num_nulls(credential_id, public_key, counter, transports) = 0
  END)
);
CREATE INDEX second_factors_user ON second_factors (user_id);

-- Who is disabled, or no administrator any more, is signed out for good: becoming one again does not bring it back.
CREATE FUNCTION console_lost() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM console_sessions WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER console_lost AFTER UPDATE OF disabled_at, administrator ON users FOR EACH ROW
  WHEN (NEW.disabled_at IS NOT NULL OR NOT NEW.administrator) EXECUTE FUNCTION console_lost();

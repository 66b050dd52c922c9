-- Registered applications, what people granted them, and what was issued under it.
-- Deleting a row takes everything issued under it along: client or user > grant > authorization > tokens and codes.

CREATE TABLE clients (
  id text PRIMARY KEY,
  name text NOT NULL,
  classic boolean NOT NULL DEFAULT false,
  secret_hash text,
  origins text[] NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL,
  demo boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX clients_origins ON clients USING gin (origins);

-- A user's remembered consent to a client.
CREATE TABLE grants (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  client_id text NOT NULL REFERENCES clients ON DELETE CASCADE,
  scopes text[] NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, client_id)
);
CREATE INDEX grants_client ON grants (client_id);

-- One walk through the authorization endpoint (the provider's "Grant"): codes and tokens of one family.
CREATE TABLE authorizations (
  id text PRIMARY KEY,
  user_id uuid NOT NULL,
  client_id text NOT NULL,
  payload jsonb NOT NULL,
  expires_at timestamptz NOT NULL,
  FOREIGN KEY (user_id, client_id) REFERENCES grants ON DELETE CASCADE
);
CREATE INDEX authorizations_grant ON authorizations (user_id, client_id);
CREATE INDEX authorizations_expiry ON authorizations (expires_at);

-- Access tokens have columns of their own, so that a call is checked by one look-up of the token's SHA-256.
CREATE TABLE access_tokens (
  hash bytea PRIMARY KEY,
  model text NOT NULL CHECK (model IN ('AccessToken', 'ClientCredentials')),
  user_id uuid REFERENCES users ON DELETE CASCADE,
  client_id text NOT NULL REFERENCES clients ON DELETE CASCADE,
  authorization_id text REFERENCES authorizations ON DELETE CASCADE,
  scopes text[] NOT NULL,
  jkt text,
  payload jsonb NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX access_tokens_user ON access_tokens (user_id);
CREATE INDEX access_tokens_client ON access_tokens (client_id);
CREATE INDEX access_tokens_authorization ON access_tokens (authorization_id);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

-- Everything else the provider keeps for a while: codes, refresh tokens, sessions, interactions, pushed requests.
CREATE TABLE artifacts (
  model text NOT NULL,
  id text NOT NULL,
  user_id uuid REFERENCES users ON DELETE CASCADE,
  authorization_id text REFERENCES authorizations ON DELETE CASCADE,
  uid text,
  user_code text,
  payload jsonb NOT NULL,
  consumed_at timestamptz,
  expires_at timestamptz,
  PRIMARY KEY (model, id)
);
CREATE INDEX artifacts_user ON artifacts (user_id);
CREATE INDEX artifacts_authorization ON artifacts (authorization_id);
CREATE INDEX artifacts_uid ON artifacts (model, uid) WHERE uid IS NOT NULL;
CREATE UNIQUE INDEX artifacts_user_code ON artifacts (user_code) WHERE user_code IS NOT NULL;
CREATE INDEX artifacts_expiry ON artifacts (expires_at);

-- DPoP proofs and client assertions seen lately: each works once (RFC 9449 section 11.1, RFC 7523 section 3).
CREATE TABLE used_proofs (
  hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_proofs_expiry ON used_proofs (expires_at);

-- Key material shared by all nodes, oldest first; a set is used for signing once all nodes have had time to read it.
CREATE TABLE key_sets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  signing_keys jsonb NOT NULL,
  cookie_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Whether a presented access token may do what it is presented for, and for whom. Always one row; refusal is NULL when it may.
--   p_proof_jkt: thumbprint of the DPoP proof's key, NULL for a bearer token (a bound token without its proof is refused)
--   p_in_query:  the token came in the query string, which only classic clients' tokens may
--   p_scopes:    any one of these scopes is enough
CREATE FUNCTION token_entitlement(p_hash bytea, p_proof_jkt text, p_in_query boolean, p_scopes text[])
RETURNS TABLE (refusal text, user_id uuid, client_id text, user_name text, administrator boolean, max_ongoing_calls integer)
LANGUAGE sql STABLE ROWS 1
AS $$
  SELECT CASE
           WHEN t.hash IS NULL OR u.disabled_at IS NOT NULL THEN 'token_invalid'
           WHEN t.jkt IS DISTINCT FROM p_proof_jkt THEN 'token_invalid'
           WHEN p_in_query AND NOT c.classic THEN 'token_in_query'
           WHEN NOT t.scopes && p_scopes THEN 'scope_missing'
           WHEN t.user_id IS NULL THEN 'token_without_user'
         END,
         t.user_id, t.client_id, u.name, u.administrator, u.max_ongoing_calls
    FROM (VALUES (1)) AS always (one)
    LEFT JOIN access_tokens t ON t.hash = p_hash AND t.expires_at > now()
    LEFT JOIN clients c ON c.id = t.client_id
    LEFT JOIN users u ON u.id = t.user_id
$$;

-- The people whose phones ring, and the numbers they may call from.

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  password_hash text NOT NULL,
  administrator boolean NOT NULL DEFAULT false,
  max_ongoing_calls integer NOT NULL CHECK (max_ongoing_calls BETWEEN 0 AND 10000),
  demo boolean NOT NULL DEFAULT false,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_name ON users (lower(name));

CREATE TABLE user_numbers (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  number text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  PRIMARY KEY (user_id, number)
);
CREATE UNIQUE INDEX user_numbers_default ON user_numbers (user_id) WHERE is_default;

-- Read and written by rate-limiter-flexible: wrong passwords by name and address, and known addresses.
CREATE TABLE sign_in_attempts (
  key varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);

-- What people are shown of applications, and that they end calls themselves.

ALTER TABLE clients
  ADD COLUMN registered_by text NOT NULL DEFAULT 'administrator'
    CHECK (registered_by IN ('administrator', 'commandLine', 'itself', 'demo'));
UPDATE clients SET registered_by = 'demo' WHERE demo;
-- Whoever registers for others makes an id of 24 hexadecimal digits; the provider's own ids look otherwise.
UPDATE clients SET registered_by = 'itself' WHERE NOT demo AND id !~ '^[0-9a-f]{24}$';

-- When a token was last issued under it, give or take a minute.
ALTER TABLE grants ADD COLUMN last_used_at timestamptz;

ALTER TABLE calls
  DROP CONSTRAINT calls_ended_by_check,
  ADD CONSTRAINT calls_ended_by_check
    CHECK (ended_by IN ('client', 'carrier', 'sweeper', 'administrator', 'revocation', 'user'));

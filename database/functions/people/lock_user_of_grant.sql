-- Trigger: locks the user before a grant is deleted with its tokens. A transaction that disables the user takes the locks in
-- the same order.
CREATE OR REPLACE FUNCTION lock_user_of_grant() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM users WHERE id = OLD.user_id FOR NO KEY UPDATE;
  RETURN OLD;
END
$$;

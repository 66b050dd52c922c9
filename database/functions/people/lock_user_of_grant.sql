-- Trigger: locks the user before a grant is deleted, and its tokens with it. A transaction that disables the user takes the
-- locks in this order, too.
CREATE OR REPLACE FUNCTION lock_user_of_grant() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM users WHERE id = OLD.user_id FOR NO KEY UPDATE;
  RETURN OLD;
END
$$;

-- Trigger: refuses to change or delete rows of the audit log.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'rows of the audit log cannot be changed or deleted';
END
$$;

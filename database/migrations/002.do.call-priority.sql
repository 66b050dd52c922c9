ALTER TABLE calls ADD COLUMN priority integer;

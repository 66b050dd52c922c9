-- Counts the calls of a past day. Keeps the figures of a day that is already counted.
CREATE OR REPLACE FUNCTION count_day(p_day date) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  since timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  until timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  INSERT INTO counted_days (day) VALUES (p_day) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO ending_days SELECT * FROM endings_between(since, until);
    INSERT INTO connect_time_days SELECT * FROM connect_times_between(since, until);
  END IF;
END
$$;

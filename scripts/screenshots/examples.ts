import type pg from 'pg';

/** People and calls of the last weeks, so that pages have something to show; numbers are of the ranges for fiction. */
export async function addExamples(pool: pg.Pool): Promise<void> {
  await pool.query(`
    INSERT INTO users (name, password_hash, max_ongoing_calls)
    SELECT name, '', 2 FROM unnest(ARRAY['anna', 'ben', 'chloe', 'david', 'emma']) AS name`);
  await pool.query(`
    INSERT INTO user_numbers (user_id, number, is_default)
    SELECT id, '+4477009001' || lpad((row_number() OVER (ORDER BY name))::text, 2, '0'), true
      FROM users WHERE name IN ('anna', 'ben', 'chloe', 'david', 'emma')`);
  await pool.query(`
    WITH people AS (SELECT id, number, row_number() OVER (ORDER BY number) AS nth
                      FROM users JOIN user_numbers ON user_id = id),
         drawn AS (SELECT n, random() AS luck, random() AS hurry, random() AS talk,
                          now() - power(random(), 1.2) * interval '29 days' - interval '5 minutes' AS at
                     FROM generate_series(1, 4000) AS n)
    INSERT INTO calls (id, user_id, client_id, caller, callee, state, reason, ended_by, carrier, ring_timeout, time_limit,
                       created_at, connected_at, ended_at, deadline_at)
    SELECT md5(n::text), p.id, 'demo-app', p.number, '+120255501' || lpad((n % 100)::text, 2, '0'),
           CASE WHEN luck < 0.84 THEN 'disconnected' ELSE 'failed' END,
           CASE WHEN luck < 0.72 THEN 'hangUp' WHEN luck < 0.84 THEN 'calleeBusy'
                WHEN luck < 0.91 THEN 'calleeNoAnswer' WHEN luck < 0.94 THEN 'callerNoAnswer'
                WHEN luck < 0.96 THEN 'calleeDeclined' WHEN luck < 0.97 THEN 'calleeWrongNumber' ELSE 'calleeFailure' END,
           CASE WHEN luck < 0.4 THEN 'client' ELSE 'carrier' END, 'simulator', 60, 14400, at,
           CASE WHEN luck < 0.72 THEN at + (2 + hurry * hurry * 28) * interval '1 second' END,
           at + (31 + talk * talk * 1500) * interval '1 second', at + interval '4 hours'
      FROM drawn JOIN people p ON p.nth = 1 + n % (SELECT count(*) FROM people)`);
  await pool.query(`
    INSERT INTO calls (id, user_id, client_id, caller, callee, state, carrier, ring_timeout, time_limit, created_at, connected_at, deadline_at)
    SELECT md5('ongoing' || n), p.id, 'demo-app', p.number, '+120255501' || lpad((60 + n)::text, 2, '0'), 'connected', 'session', 60, 14400,
           now() - n * interval '97 seconds', now() - n * interval '97 seconds' + interval '6 seconds', now() + interval '4 hours'
      FROM generate_series(1, 5) AS n
      JOIN (SELECT id, number, row_number() OVER (ORDER BY number) AS nth FROM users JOIN user_numbers ON user_id = id) p
        ON p.nth = 2 + n % 3`);
}

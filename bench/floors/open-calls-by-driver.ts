import pg from 'pg';

/**
 * Opens calls over several connections for some time, and prints the number of calls. Used if pgbench is missing.
 * `DATABASE_URL=… open-calls-by-driver.ts STATEMENT USERS CLIENTS MILLISECONDS`
 */
const connectionString = process.env['DATABASE_URL'];
const [text = '', users = '', clients = '', ms = ''] = process.argv.slice(2);

async function openUntil(deadline: number): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  let opened = 0;
  for (; performance.now() < deadline; opened++) {
    const user = Math.floor(Math.random() * Number(users));
    const serial = Math.floor(200_000_000 + Math.random() * 800_000_000);
    await client.query({ name: 'open_calls', text, values: [String(user), String(serial)] });
  }
  await client.end();
  return opened;
}

const deadline = performance.now() + Number(ms);
const opened = await Promise.all(Array.from({ length: Number(clients) }, () => openUntil(deadline)));
console.log(opened.reduce((sum, each) => sum + each, 0));

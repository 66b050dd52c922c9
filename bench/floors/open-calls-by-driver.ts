import pg from 'pg';

/**
 * Opens calls for a while, over so many connections, and prints how many: the floor of opening calls where there is no
 * pgbench. `open-calls-by-driver.ts URL STATEMENT PEOPLE CLIENTS MILLISECONDS`
 */
const [connectionString = '', text = '', people = '', clients = '', ms = ''] = process.argv.slice(2);

async function openUntil(deadline: number): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  let opened = 0;
  for (; performance.now() < deadline; opened++) {
    const person = Math.floor(Math.random() * Number(people));
    const serial = Math.floor(200_000_000 + Math.random() * 800_000_000);
    await client.query({ name: 'open_calls', text, values: [String(person), String(serial)] });
  }
  await client.end();
  return opened;
}

const deadline = performance.now() + Number(ms);
const opened = await Promise.all(Array.from({ length: Number(clients) }, () => openUntil(deadline)));
console.log(opened.reduce((sum, each) => sum + each, 0));

import { hash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import pg from 'pg';

/**
 * Like constant-answer.ts, but looks up the token and an ongoing call in PostgreSQL first. Simultaneous requests share a statement.
 * This is the minimum for a server on which a revocation takes effect at once. `DATABASE_URL=… token-lookup.ts PORT BYTES`
 */
const [port, bytes] = process.argv.slice(2);
const connectionString = process.env['DATABASE_URL'];
const body = JSON.stringify('x'.repeat(Math.max(0, Number(bytes) - 2)));
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };

const statement = {
  name: 'look_up',
  text: `SELECT r.n::integer FROM unnest($1::bytea[]) WITH ORDINALITY AS r (hash, n)
           JOIN access_tokens t ON t.hash = r.hash AND t.expires_at > now()
           JOIN LATERAL (SELECT c.id FROM calls c WHERE c.user_id = t.user_id AND c.ended_at IS NULL LIMIT 1) c ON true`,
};

interface PendingRequest {
  readonly token: Buffer;
  readonly response: ServerResponse;
}

/** Each runs a statement for all requests that arrived during its previous one. */
const clients = [1, 2].map(() => new pg.Client({ connectionString }));
const free = [...clients];
let waiting: PendingRequest[] = [];

function lookUpTogether(): void {
  if (waiting.length === 0) return;
  const client = free.pop();
  if (!client) return;
  const batch = waiting;
  waiting = [];
  client
    .query<{ n: number }>({ ...statement, values: [batch.map(({ token }) => token)] })
    .then(({ rows }) => {
      free.push(client);
      setImmediate(lookUpTogether);
      for (const { n } of rows) batch[n - 1]?.response.writeHead(200, headers).end(body);
    });
}

await Promise.all(clients.map((client) => client.connect()));
createServer((request, response) => {
  const token = hash('sha256', String(request.headers.authorization).slice('Bearer '.length), 'buffer');
  waiting.push({ token, response });
  setImmediate(lookUpTogether);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));

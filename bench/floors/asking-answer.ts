import { hash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import pg from 'pg';

/**
 * Answers as constant-answer.ts does, after it has looked up in PostgreSQL whose call the token reaches, for all who ask at
 * that moment together: the least that a server takes for which a revocation counts at once.
 * `asking-answer.ts PORT BYTES DATABASE_URL`
 */
const [port, bytes, connectionString = ''] = process.argv.slice(2);
const body = JSON.stringify('x'.repeat(Math.max(0, Number(bytes) - 2)));
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };

const question = {
  name: 'question',
  text: `SELECT r.n::integer FROM unnest($1::bytea[]) WITH ORDINALITY AS r (hash, n)
           JOIN access_tokens t ON t.hash = r.hash AND t.expires_at > now()
           JOIN LATERAL (SELECT c.id FROM calls c WHERE c.user_id = t.user_id AND c.ended_at IS NULL LIMIT 1) c ON true`,
};

interface Asking {
  readonly token: Buffer;
  readonly response: ServerResponse;
}

/** Each asks for all who came while it was away. */
const clients = [1, 2].map(() => new pg.Client({ connectionString }));
const free = [...clients];
let waiting: Asking[] = [];

function askTogether(): void {
  if (waiting.length === 0) return;
  const client = free.pop();
  if (!client) return;
  const asking = waiting;
  waiting = [];
  client
    .query<{ n: number }>({ ...question, values: [asking.map(({ token }) => token)] })
    .then(({ rows }) => {
      free.push(client);
      setImmediate(askTogether);
      for (const { n } of rows) asking[n - 1]?.response.writeHead(200, headers).end(body);
    });
}

await Promise.all(clients.map((client) => client.connect()));
createServer((request, response) => {
  const token = hash('sha256', String(request.headers.authorization).slice('Bearer '.length), 'buffer');
  waiting.push({ token, response });
  setImmediate(askTogether);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));

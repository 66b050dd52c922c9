import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { callEvent } from './call-event.ts';
import type { CallRow } from './call-resource.ts';
import { connectTo } from './connection.ts';

/** Server-Sent Events of the home-made call service, by LISTEN and NOTIFY. `DATABASE_URL=… event-streams.ts PORT` */
const port = Number(process.argv[2]);
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform' };
const POOL_SIZE = 5;

const sql = connectTo(process.env['DATABASE_URL'] ?? '', POOL_SIZE);
const streams = new Map<string, Set<ServerResponse>>();

await sql.unsafe(readFileSync(join(import.meta.dirname, 'event-streams.sql'), 'utf8'));
await sql.listen('calls', (payload) => {
  const call = JSON.parse(payload) as CallRow<string> & { readonly user_id: string };
  const readers = streams.get(call.user_id);
  if (!readers) return;
  const event = callEvent(call);
  const data = JSON.stringify({ id: call.id, ...event });
  const frame = `id: ${event.data.sequence}\nevent: ${event.type}\ndata: ${data}\n\n`;
  for (const reader of readers) reader.write(frame);
});

createServer(async (request, response) => {
  const token = hash('sha256', String(request.headers.authorization).slice('Bearer '.length), 'buffer');
  const [user] = await sql<{ user_id: string }[]>`
    SELECT user_id FROM tokens WHERE hash = ${token} AND expires_at > now() AND 'call' = ANY (scopes)`;
  if (!user) return response.writeHead(401).end();
  const readers = streams.get(user.user_id) ?? new Set();
  streams.set(user.user_id, readers.add(response));
  response.on('close', () => readers.delete(response));
  return response.writeHead(200, HEADERS).write('retry: 1000\nid: 0\n\n');
}).listen(port, '127.0.0.1', () => console.log('ready'));

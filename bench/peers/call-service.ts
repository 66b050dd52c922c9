import { hash, randomBytes } from 'node:crypto';
import Fastify, { type FastifyRequest } from 'fastify';
import { type CallRow, callResource, callSchema } from './call-resource.ts';
import { connectTo } from './connection.ts';

/**
 * What an engineer would write instead of our server: open, list, show and end calls, with the limit decided under a lock of the
 * user's row. The same paths and bytes as `/api/v1`, one transaction a request, and no log. It has none of the rest: no events,
 * idempotency, history of states, phones or takeover. `DATABASE_URL=… call-service.ts PORT`
 */
const port = Number(process.argv[2]);
/** The best of 3, 5, 8, 12, 20 and 40 for 50 connections. */
const POOL_SIZE = 5;
const RING_TIMEOUT = 60;
const TIME_LIMIT = 14_400;
const PATH = '/api/v1/calls';

const sql = connectTo(process.env['DATABASE_URL'] ?? '', POOL_SIZE);
const app = Fastify();

const number = { type: 'string', pattern: '^\\+[1-9]\\d{6,14}$' };
const newCall = {
  type: 'object',
  required: ['caller', 'callee'],
  additionalProperties: false,
  properties: { caller: number, callee: number },
};

interface Decision {
  readonly client_id: string;
  readonly max_ongoing_calls: number;
  readonly ongoing_calls: number;
  readonly opened_at: Date | null;
}

app.post<{ Body: { caller: string; callee: string } }>(
  PATH,
  { schema: { body: newCall, response: { 201: callSchema } } },
  async (request, reply) => {
    const { caller, callee } = request.body;
    const id = randomBytes(16).toString('hex');
    const [decision] = await sql<Decision[]>`
      SELECT * FROM open_call(${tokenOf(request)}, ${id}, ${caller}, ${callee})`;
    if (!decision) return reply.code(401).send();
    const { client_id, max_ongoing_calls: limit, ongoing_calls: ongoing, opened_at: at } = decision;
    if (!at) return reply.code(409).send();
    reply.code(201).headers({
      location: `http://127.0.0.1:${port}${PATH}/${id}`,
      'ratelimit-policy': `"user-calls";q=${limit};qu="concurrent-requests"`,
      ratelimit: `"user-calls";r=${limit - ongoing - 1}`,
    });
    return callResource({
      ...{ id, client_id, caller, callee, state: 'connected', reason: null, ended_by: null },
      ...{ ring_timeout: RING_TIMEOUT, time_limit: TIME_LIMIT, client_reference: null },
      ...{ created_at: at, connected_at: at, ended_at: null },
      deadline_at: new Date(at.getTime() + TIME_LIMIT * 1000),
    });
  },
);

app.get(
  PATH,
  {
    schema: {
      response: { 200: { type: 'object', properties: { calls: { type: 'array', items: callSchema } } } },
    },
  },
  async (request) => {
    const calls = await sql<CallRow[]>`
      SELECT c.* FROM tokens t JOIN calls c ON c.user_id = t.user_id AND c.ended_at IS NULL
       WHERE t.hash = ${tokenOf(request)} AND t.expires_at > now() AND 'call' = ANY (t.scopes)
       ORDER BY c.created_at DESC, c.id DESC`;
    return { calls: calls.map(callResource) };
  },
);

app.get<{ Params: { id: string } }>(
  `${PATH}/:id`,
  { schema: { response: { 200: callSchema } } },
  async (request, reply) => {
    const [call] = await sql<CallRow[]>`
      SELECT c.* FROM tokens t JOIN calls c ON c.user_id = t.user_id AND c.id = ${request.params.id}
       WHERE t.hash = ${tokenOf(request)} AND t.expires_at > now() AND 'call' = ANY (t.scopes)`;
    return call ? callResource(call) : reply.code(404).send();
  },
);

app.delete<{ Params: { id: string } }>(`${PATH}/:id`, async (request, reply) => {
  const ended = await sql`
    UPDATE calls c SET state = 'disconnected', reason = 'hangUp', ended_by = 'client', ended_at = clock_timestamp()
      FROM tokens t
     WHERE t.hash = ${tokenOf(request)} AND t.expires_at > now() AND 'call' = ANY (t.scopes)
       AND c.id = ${request.params.id} AND c.user_id = t.user_id AND c.ended_at IS NULL`;
  return reply.code(ended.count === 1 ? 204 : 404).send();
});

/** As the database stores the bearer token. */
function tokenOf(request: FastifyRequest): Buffer {
  return hash('sha256', String(request.headers.authorization).slice('Bearer '.length), 'buffer');
}

await app.listen({ port, host: '127.0.0.1' });
console.log('ready');

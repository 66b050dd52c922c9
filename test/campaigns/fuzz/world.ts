import assert from 'node:assert/strict';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { moveCall, openCallOf } from '../../core/events/events.ts';
import { startApp, type TestApp } from '../../harness/app.ts';
import { addClassicClient, addModernClient, PASSWORD } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { CALLER, endAllCalls } from '../../web/callers.ts';
import { classicCode } from '../../web/classic/flow.ts';
import { gatherRoles, type Role } from '../../web/entry/roles.ts';
import type { PlacedOperation } from '../../web/openapi/definition.ts';
import type { Words } from './values.ts';

/** Nobody listens there, so each attempt fails at once. */
const SINK_HOST = '127.0.0.1:1';
const SINK = `https://${SINK_HOST}/`;
const METRICS_TOKEN = 'prometheus-may-read-this';
/** Reserved for fiction, and so simulated. */
const SIMULATED = '+12025550100';
const SPARE = 4;

/** An application with all roles, and with things of theirs that requests can name. */
export interface FuzzWorld {
  readonly app: TestApp;
  readonly roles: readonly Role[];
  /** Replaces what earlier requests have changed. @returns likely values of the operation's parameters and properties */
  prepare(operation: PlacedOperation): Promise<Words>;
}

export async function createFuzzWorld(): Promise<FuzzWorld> {
  const app = await startApp({ METRICS_TOKEN, SINK_ALLOW_HOSTS: SINK_HOST });
  app.carriers.simulateFiction();
  const { roles, clientToken } = await gatherRoles(app, METRICS_TOKEN);
  const clientId = await clientOf(app, clientToken);
  const classic = await addClassicClient(app, 'Fuzzed');
  const codes: string[] = [];
  for (let count = 0; count < 4; count++) codes.push(await classicCode(app, classic, 'anna'));
  let prepared = 0;

  const idsOf = async (statement: string) =>
    (await app.sql<{ id: string }>(statement)).map(({ id }) => String(id)).concat('unknown');

  /** People whom nobody else needs, so that they can be changed and erased. */
  async function addSparePeople(spareClient: string): Promise<string[]> {
    const names = Array.from({ length: SPARE }, (_, index) => `spare-${prepared}-${index}`);
    await app.sql(
      `WITH added AS (
         INSERT INTO users (name, password_hash, max_ongoing_calls)
         SELECT name, password_hash, 2 FROM unnest($1::text[]) AS name, (SELECT password_hash FROM users WHERE name = 'anna') a
         RETURNING id)
       INSERT INTO grants (user_id, client_id, scopes) SELECT id, $2, '{call}' FROM added`,
      [names, spareClient],
    );
    return names;
  }

  async function addSpareClients(): Promise<string[]> {
    const added = [await addModernClient(app), await addModernClient(app, { public: true })];
    return [...added.map(({ client }) => client.id), (await addClassicClient(app)).id];
  }

  /** A client has ten webhooks at most. */
  async function addWebhooks(...owners: readonly string[]): Promise<void> {
    await app.sql('DELETE FROM webhooks');
    for (const owner of owners) await app.events.webhooks.addWebhook(owner, { url: SINK }, COMMAND_LINE);
  }

  /** In each state, with and without events to deliver. */
  async function openCalls(): Promise<string[]> {
    await endAllCalls(app);
    const anna = { userName: 'anna', clientId };
    const ids = [
      await openCallOf(app, { ...anna, carrier: 'session', state: 'connected', connected_at: new Date() }),
      await openCallOf(app, { ...anna, carrier: 'session', state: 'connected', connected_at: new Date() }),
      await openCallOf(app, { ...anna, sink: SINK, client_reference: '<&>', metadata: { a: ']]>' } }),
      await openCallOf(app, { ...anna, callee: SIMULATED, recording_enabled: true }),
      await openCallOf(app, { ...anna, caller: null, sink: SINK }),
      await openCallOf(app, { userName: 'bert', clientId: 'somebody' }),
    ];
    const [, , , recorded = '', failed = ''] = ids;
    await moveCall(app, recorded, 'connected');
    await moveCall(app, recorded, 'disconnected');
    await moveCall(app, failed, 'failed', 'calleeNoAnswer');
    return [...ids, 'unknown'];
  }

  return {
    app,
    roles,
    async prepare({ method, path }) {
      prepared++;
      const spareClients = await addSpareClients();
      const [spareClient = ''] = spareClients;
      const sparePeople = await addSparePeople(spareClient);
      await addWebhooks(clientId, spareClient);
      const calls = await openCalls();
      const ofSpare = path.includes('{webhook}');
      const webhooks = await idsOf(
        `SELECT id FROM webhooks ${ofSpare ? `WHERE client_id = '${spareClient}'` : ''}`,
      );
      const deliveries = await idsOf('SELECT id FROM deliveries ORDER BY id DESC LIMIT 5');
      // What changes something is aimed at what is spare, so that every role stays what it is.
      const changes = method !== 'GET';
      const users = [...sparePeople, 'unknown', ...(changes ? [] : ['anna', 'bert', 'rosa'])];
      const spare = path.includes('/webhooks') ? [spareClient] : spareClients;
      const clients = [...spare, 'unknown', ...(changes ? [] : [clientId, classic.id])];
      return {
        ...fixedWords,
        ...{ callId: calls, token_call: calls, q: [...calls, 'anna'], code: codes },
        ...{ user: users, actor: users, name: path === '/admin/users' ? newNames(prepared) : users },
        ...{ client: clients, webhook: webhooks, page_token: await pageTokens(app, roles, path) },
        id: idsFor(path, { calls, clients, deliveries, webhooks }),
        client_id: [classic.id],
        client_secret: [classic.secret],
        redirect_uri: [classic.redirectUri],
      };
    },
  };
}

async function clientOf(app: TestApp, token: string): Promise<string> {
  const [row] = await app.sql<{ id: string }>(
    `SELECT client_id AS id FROM access_tokens WHERE hash = sha256(convert_to($1, 'UTF8'))`,
    [token],
  );
  assert.ok(row);
  return row.id;
}

/** The parameter `id` means what the path names before it. */
function idsFor(path: string, ids: Words): readonly string[] {
  const [, kind = ''] = /\/(\w+)\/\{id\}/.exec(path) ?? [];
  return ids[kind] ?? [];
}

function newNames(round: number): string[] {
  return Array.from({ length: 4 }, (_, index) => `fresh-${round}-${index}`);
}

/** Of the list itself, if it is one of administrators; any other is refused there. */
async function pageTokens(app: TestApp, roles: readonly Role[], path: string): Promise<string[]> {
  const list = /^\/admin\/(users|calls|audit-log)$/.test(path) ? path : '/admin/users';
  const { headers } = roles.find(({ name }) => name === 'an administrator, admin') ?? {};
  const answer = await request(app, 'GET', `${list}?page_size=1`, headers);
  return [answer.json<{ nextPageToken: string }>().nextPageToken];
}

const phones = [CALLER, SIMULATED, '+447700900123', '+442079460000', '+449090000000', '447700900123', '112'];

/** Between the same two numbers there is one call at most. */
const callees = Array.from({ length: 50 }, (_, index) => `+4420794600${String(index + 10)}`);

const fixedWords: Words = {
  ...{
    number: phones,
    caller: phones,
    callee: [...phones, ...callees],
    numbers: ['+447700900123', '+442079460000'],
  },
  ...{ 'caller.number': [CALLER], 'callee.number': callees },
  ...{ username: ['anna', 'anna', 'bert', 'unknown'], password: [PASSWORD, PASSWORD, PASSWORD, 'wrong'] },
  ...{ response_type: ['code', 'token'], scope: ['call', 'call openid', 'admin'] },
  ...{ grant: ['true', 'false'], choice: ['scopes'], allowed_scope: ['call'] },
  ...{ from: ['2020-01-01', '2026-01-31T08:30:00+01:00'], to: ['2099-12-31T00:00:00Z'] },
  ...{ page_size: ['1', '2', '1000'], days: ['1', '30'], hours: ['1', '72'] },
  ...{ url: [SINK], sink: [SINK], sipAddress: ['sip:anna@pbx.example.com'] },
  ...{
    redirectUris: ['https://app.example/cb', 'http://localhost:5555/cb'],
    origins: ['https://app.example'],
  },
  ...{ reason: ['a test'], name_prefix: ['a', 'spare'] },
  ...{ 'idempotency-key': ['one', '"two"'], 'last-event-id': ['0', '5', '999999999'] },
};

import assert from 'node:assert/strict';
import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import type { TestApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { addUser } from '../harness/people.ts';
import { configure, obtainTokens, type Person } from './oauth/modern-walk.ts';

/** Ofcom keeps the ranges of both for drama. */
export const CALLER = '+447700900000';
const CALLEES = '+4416329';
let called = 0;

/** A new one each time, because only one ongoing call between the same two numbers is allowed. */
export function newCallee(): string {
  return `${CALLEES}${String(++called).padStart(5, '0')}`;
}

/** A node. */
export interface Recipient extends Pick<TestApp, 'url'> {}

/** Adds a user, whose number is `CALLER` by default. */
export async function addCaller(
  app: TestApp,
  name: string,
  given: { limit?: number; numbers?: string[] } = {},
): Promise<Person> {
  await addUser(app, name, { limit: 1000, numbers: [CALLER], ...given });
  return { name, browser: new Browser(app.url) };
}

/** An access token by the authorization code flow. */
export async function tokenFor(
  app: TestApp,
  client: RegisteredClient,
  person: Person,
  scope = 'call',
): Promise<string> {
  return (await obtainTokens(await configure(app, client), person, scope)).access;
}

/** Afterwards no call counts towards a limit, or keeps its two numbers. */
export async function endAllCalls(app: Pick<TestApp, 'sql'>): Promise<void> {
  await app.sql(
    `SELECT count(m) FROM calls c, LATERAL move_call(c.id, 'disconnected', 'hangUp', 'carrier') m WHERE c.ended_at IS NULL`,
  );
}

export async function countCalls(app: Pick<TestApp, 'sql'>): Promise<number> {
  const [row] = await app.sql<{ count: number }>('SELECT count(*)::integer AS count FROM calls');
  return row?.count ?? 0;
}

type HeaderFields = Record<string, string>;

/** Sends a request to an API, with what its requests have in common. */
export type Send = (
  app: Recipient,
  method: string,
  path: string,
  token?: string,
  given?: { body?: unknown; headers?: HeaderFields },
) => Promise<Answer>;

/** The requests about calls that modern APIs share. @param calls the path of calls. @param callTo the least that opens a call */
export function requestsTo<Shown>(calls: string, send: Send, callTo: () => object) {
  const postCall = (
    app: Recipient,
    token: string | undefined,
    body: unknown = callTo(),
    headers: HeaderFields = {},
  ) => send(app, 'POST', calls, token, { body, headers });
  const requestOne = (method: string, further = '') => {
    return (app: Recipient, token: string | undefined, id: string) =>
      send(app, method, `${calls}/${id}${further}`, token);
  };
  return {
    postCall,
    getCall: requestOne('GET'),
    deleteCall: requestOne('DELETE'),
    getRecording: requestOne('GET', '/recording'),
    /** @returns a call that must open */
    async openCall(app: Recipient, token: string, body?: unknown, headers?: HeaderFields): Promise<Shown> {
      const answer = await postCall(app, token, body, headers);
      assert.equal(answer.status, 201, answer.text);
      return answer.json<Shown>();
    },
  };
}

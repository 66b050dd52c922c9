import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { RegisteredClient } from '../../../src/core/clients/client-service.ts';
import type { TestApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addUser, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { configure, obtainTokens, type Person } from '../oauth/modern-walk.ts';
import { assertIs } from './camara-schemas.ts';

export const CALLS = '/click-to-dial/v0.2/calls';
export const LIMITS = '/click-to-dial/v0.2/me/limits';
/** Ofcom keeps the ranges of both for drama. */
export const CALLER = '+447700900000';
const CALLEES = '+4416329';
let called = 0;

/** Another one each time: between two numbers there is one call at most. */
export function newCallee(): string {
  return `${CALLEES}${String(++called).padStart(5, '0')}`;
}

/** The least that opens a call. */
export function callTo(callee = newCallee(), further: object = {}) {
  return { caller: { number: CALLER }, callee: { number: callee }, ...further };
}

/** Where events go, with what they need. */
export const SINK = {
  sink: 'https://sink.example/events',
  sinkCredential: {
    credentialType: 'ACCESSTOKEN',
    accessToken: 'secret',
    accessTokenExpiresUtc: '2100-01-01T00:00:00Z',
    accessTokenType: 'bearer',
  },
};

export interface Recipient extends Pick<TestApp, 'url'> {}

/** With everything that CAMARA's scenarios send, a body only where one is given. */
export function send(
  app: Recipient,
  method: string,
  path: string,
  token?: string,
  given: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const headers = {
    ...JSON_BODY,
    'x-correlator': randomUUID(),
    ...(token && bearer(token)),
    ...given.headers,
  };
  return request(
    app,
    method,
    path,
    headers,
    given.body === undefined ? undefined : JSON.stringify(given.body),
  );
}

export function postCall(
  app: Recipient,
  token: string | undefined,
  body: unknown = callTo(),
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(app, 'POST', CALLS, token, { body, headers });
}

export function getCall(app: Recipient, token: string | undefined, id: string): Promise<Answer> {
  return send(app, 'GET', `${CALLS}/${id}`, token);
}

export function deleteCall(app: Recipient, token: string | undefined, id: string): Promise<Answer> {
  return send(app, 'DELETE', `${CALLS}/${id}`, token);
}

export function getRecording(app: Recipient, token: string | undefined, id: string): Promise<Answer> {
  return send(app, 'GET', `${CALLS}/${id}/recording`, token);
}

/** A call as this face shows it. */
export interface ShownCall {
  readonly callId: string;
  readonly caller: { readonly number: string };
  readonly callee: { readonly number: string };
  readonly status: string;
  readonly createdAt: string;
  readonly recordingEnabled: boolean;
  readonly clickToCall: Readonly<Record<string, unknown>>;
}

/** A call that must open. */
export async function openCall(
  app: Recipient,
  token: string,
  body: unknown = callTo(),
  headers: Record<string, string> = {},
): Promise<ShownCall> {
  const answer = await postCall(app, token, body, headers);
  assert.equal(answer.status, 201, answer.text);
  return answer.json<ShownCall>();
}

/** The body of an error, which must be CAMARA's ErrorInfo and say so. */
export function assertError(answer: Answer, status: number, code: string): Record<string, unknown> {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  const info = answer.json();
  assertIs('ErrorInfo', info);
  assert.deepEqual([info['status'], info['code']], [status, code], answer.text);
  return info;
}

/** Somebody who may call from `CALLER`, unless said otherwise. */
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

/** So that no call holds a place, or its two numbers. */
export async function endAllCalls(app: Pick<TestApp, 'sql'>): Promise<void> {
  await app.sql(
    `SELECT count(m) FROM calls c, LATERAL move_call(c.id, 'disconnected', 'hangUp', 'carrier') m WHERE c.ended_at IS NULL`,
  );
}

export async function countCalls(app: Pick<TestApp, 'sql'>): Promise<number> {
  const [row] = await app.sql<{ count: number }>('SELECT count(*)::integer AS count FROM calls');
  return row?.count ?? 0;
}

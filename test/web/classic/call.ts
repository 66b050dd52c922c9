import assert from 'node:assert/strict';
import type { TestApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { bearer } from '../../harness/people.ts';
import { FORM, request } from '../../platform/http/request.ts';

/** Ofcom keeps this range free for drama. */
export const NUMBER = '+447700900123';

export function postCall(
  app: Pick<TestApp, 'url'>,
  token: string,
  number = NUMBER,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams({ number }).toString();
  return request(app, 'POST', '/rest/call', { ...FORM, ...bearer(token), ...headers }, body);
}

/** The id of a call that must open. */
export async function openCall(app: Pick<TestApp, 'url'>, token: string, number = NUMBER): Promise<string> {
  const answer = await postCall(app, token, number);
  assert.equal(answer.status, 201, answer.text);
  return new URL(answer.location).searchParams.get('token_call') ?? '';
}

export function stopCall(app: Pick<TestApp, 'url'>, token: string, id: string): Promise<Answer> {
  const body = new URLSearchParams({ token_call: id }).toString();
  return request(app, 'PUT', '/rest/call', { ...FORM, ...bearer(token) }, body);
}

export function getCall(
  app: TestApp,
  token: string,
  id: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return request(app, 'GET', `/rest/call?token_call=${id}`, { ...headers, ...bearer(token) });
}

export function getCalls(app: TestApp, token: string, headers: Record<string, string> = {}): Promise<Answer> {
  return request(app, 'GET', '/rest/call', { ...headers, ...bearer(token) });
}

export interface ShownCall {
  readonly info: Readonly<Record<'duration' | 'number' | 'token' | 'start' | 'end' | 'state', string>>;
  readonly user: { readonly username: string };
}

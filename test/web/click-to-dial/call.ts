import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Answer } from '../../harness/browser.ts';
import { bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { CALLER, newCallee, requestsTo, type Send } from '../callers.ts';
import { assertIs } from './camara-schemas.ts';

export { addCaller, CALLER, countCalls, endAllCalls, newCallee, tokenFor } from '../callers.ts';

export const CALLS = '/click-to-dial/v0.2/calls';

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

/** With everything that CAMARA's scenarios send, a body only where one is given. */
export const send: Send = (app, method, path, token, given = {}) => {
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
};

/** A call as CAMARA's API shows it. */
export interface ShownCall {
  readonly callId: string;
  readonly caller: { readonly number: string };
  readonly callee: { readonly number: string };
  readonly status: string;
  readonly createdAt: string;
  readonly recordingEnabled: boolean;
  readonly sink?: string;
}

export const { postCall, getCall, deleteCall, getRecording, openCall } = requestsTo<ShownCall>(
  CALLS,
  send,
  callTo,
);

/** @returns the body of an error, which must be CAMARA's ErrorInfo with this status and code */
export function assertError(answer: Answer, status: number, code: string): Record<string, unknown> {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  const info = answer.json();
  assertIs('ErrorInfo', info);
  assert.deepEqual([info['status'], info['code']], [status, code], answer.text);
  return info;
}

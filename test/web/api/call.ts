import assert from 'node:assert/strict';
import type { CallResource } from '../../../src/web/api/call-resource.ts';
import type { Answer } from '../../harness/browser.ts';
import { bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { newCallee, type Recipient, requestsTo, type Send } from '../callers.ts';

export { addCaller, CALLER, countCalls, endAllCalls, newCallee, tokenFor } from '../callers.ts';

export const CALLS = '/api/v1/calls';
export const LIMITS = '/api/v1/me/limits';

/** A call as JSON shows it. */
export type ShownCall = {
  readonly [Name in keyof CallResource]: Extract<CallResource[Name], Date> extends never
    ? CallResource[Name]
    : Exclude<CallResource[Name], Date> | string;
};

/** The least that opens a call, and more. */
export function callTo(callee = newCallee(), further: object = {}) {
  return { callee, ...further };
}

export const send: Send = (app, method, path, token, given = {}) => {
  const hasBody = given.body !== undefined;
  const headers = { ...(hasBody && JSON_BODY), ...(token && bearer(token)), ...given.headers };
  return request(app, method, path, headers, hasBody ? JSON.stringify(given.body) : undefined);
};

export const { postCall, getCall, deleteCall, getRecording, openCall } = requestsTo<ShownCall>(
  CALLS,
  send,
  callTo,
);

export function renewCall(app: Recipient, token: string | undefined, id: string): Promise<Answer> {
  return send(app, 'POST', `${CALLS}/${id}/renew`, token);
}

/** @returns problem details with this status and code */
export function assertProblem(answer: Answer, status: number, code: string): Record<string, unknown> {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  const problem = answer.json();
  const { type, title, detail } = problem;
  assert.deepEqual(
    { type, status: problem['status'], code: problem['code'] },
    { type: `/errors#${code}`, status, code },
    answer.text,
  );
  for (const text of [title, detail]) assert.ok(typeof text === 'string' && text !== '', answer.text);
  return problem;
}

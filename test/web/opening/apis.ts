import assert from 'node:assert/strict';
import type { ErrorClass, ErrorStyle } from '../../../src/platform/declared-error.ts';
import { codeOf, statusOf } from '../../../src/platform/http/errors/error-codes.ts';
import type { Answer } from '../../harness/browser.ts';
import { bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { assertProblem, CALLS } from '../api/call.ts';
import { CALLER, newCallee, type Recipient } from '../callers.ts';
import { assertError, CALLS as CAMARA_CALLS } from '../click-to-dial/call.ts';

/** From `CALLER` to a new number by default. */
interface Numbers {
  readonly caller?: string;
  readonly callee?: string;
}

/** An API that opens calls by POST. */
export interface OpeningApi {
  readonly title: string;
  readonly errorStyle: ErrorStyle;
  readonly path: string;
  /** What its errors call the numbers of a request. */
  readonly fields: Numbers;
  readonly body: (numbers?: Numbers) => object;
}

/** The APIs whose requests name a caller, and which refuse a second call between the same two numbers. */
export const MODERN_APIS: readonly [OpeningApi, ...OpeningApi[]] = [
  {
    ...{ title: '/api/v1', errorStyle: 'problem', path: CALLS },
    fields: { caller: 'caller', callee: 'callee' },
    body: ({ caller = CALLER, callee = newCallee() } = {}) => ({ caller, callee }),
  },
  {
    ...{ title: 'CAMARA', errorStyle: 'camara', path: CAMARA_CALLS },
    fields: { caller: 'caller.number', callee: 'callee.number' },
    body: ({ caller = CALLER, callee = newCallee() } = {}) => ({
      ...{ caller: { number: caller }, callee: { number: callee } },
    }),
  },
];

/** The API of 2012 always calls from the user's default number. */
export const OPENING_APIS: readonly [OpeningApi, ...OpeningApi[]] = [
  ...MODERN_APIS,
  {
    ...{ title: '/rest/call', errorStyle: 'classic', path: '/rest/call' },
    fields: { callee: 'number' },
    body: ({ callee = newCallee() } = {}) => ({ number: callee }),
  },
];

export function post(
  app: Recipient,
  { path, body }: OpeningApi,
  token: string | undefined,
  asked: object = body(),
  headers: Record<string, string> = {},
): Promise<Answer> {
  const given = { ...JSON_BODY, ...(token && bearer(token)), ...headers };
  return request(app, 'POST', path, given, JSON.stringify(asked));
}

/** @returns the id of the call that was opened */
export function callIdOf({ location, text }: Answer): string {
  return /\w{32}$/.exec(location)?.[0] ?? assert.fail(text);
}

/** The status of an error in the API. */
export function statusIn({ errorStyle }: OpeningApi, { declaration }: ErrorClass): number {
  return statusOf(declaration, errorStyle);
}

/**
 * Asserts an error in the format of the API.
 * @param details some of the further properties that the error has in this server's own formats; CAMARA's has none
 * @returns the message
 */
export function assertRefused(
  { errorStyle: style }: OpeningApi,
  answer: Answer,
  { declaration }: ErrorClass,
  details: Readonly<Record<string, unknown>> = {},
): string {
  const [status, code] = [statusOf(declaration, style), codeOf(declaration, style)];
  if (style === 'camara') return String(assertError(answer, status, code)['message']);
  const body = style === 'problem' ? assertProblem(answer, status, code) : answer.json();
  assert.equal(answer.status, status, answer.text);
  if (style === 'classic') assert.equal(body['error'], code);
  for (const [name, value] of Object.entries(details)) assert.deepEqual(body[name], value, name);
  return String(style === 'problem' ? body['detail'] : body['message']);
}

import assert from 'node:assert/strict';
import type { TestApp } from '../../../harness/app.ts';
import type { Answer } from '../../../harness/browser.ts';
import { bearer } from '../../../harness/people.ts';
import { FORM, JSON_BODY, request } from '../../../platform/http/request.ts';
import type { PlacedOperation } from '../definition.ts';
import type { Sent } from './exercise.ts';

/** Sends a request to the operation; to another one it would prove nothing. */
export function send(
  app: TestApp,
  operation: PlacedOperation,
  sent: Sent,
  accept: string | undefined,
): Promise<Answer> {
  const { path, token, headers, node = app } = sent;
  assert.match(path, addressesOf(operation));
  const [type, body] = bodyOf(sent);
  const credentials = token === undefined ? {} : bearer(token);
  const all = { ...(accept && { accept }), ...type, ...credentials, ...headers };
  // What is not acceptable is so in every type that an error may have; JSON is for clients that accept none of them.
  if (accept !== undefined && !accept.endsWith('json')) all.accept = accept;
  return request(node, operation.method, path, all, body);
}

function addressesOf({ path }: PlacedOperation): RegExp {
  const segments = path
    .split('/')
    .map((segment) => (segment.startsWith('{') ? '[^/?]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}(\\?|$)`);
}

function bodyOf({ form, json, body }: Sent): [Record<string, string>, string | undefined] {
  if (form) return [FORM, new URLSearchParams(form).toString()];
  return json === undefined ? [{}, body] : [JSON_BODY, JSON.stringify(json)];
}

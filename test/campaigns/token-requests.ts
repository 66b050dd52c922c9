import assert from 'node:assert/strict';
import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import type { TestApp } from '../harness/app.ts';
import type { Answer } from '../harness/browser.ts';
import { FORM, request } from '../platform/http/request.ts';
import { callStatus, type Tokens, tokensOf } from '../web/oauth/modern-walk.ts';

type Node = Pick<TestApp, 'url'>;

/** A form that a client sends to one server, with its secret if it has one. */
export function postAsClient(
  node: Node,
  path: string,
  { client, secret }: RegisteredClient,
  form: Record<string, string>,
): Promise<Answer> {
  const authentication = secret !== undefined && { authorization: `Basic ${btoa(`${client.id}:${secret}`)}` };
  const body = new URLSearchParams({ ...form, ...(secret === undefined && { client_id: client.id }) });
  return request(node, 'POST', path, { ...FORM, ...authentication }, body.toString());
}

export function requestTokens(
  node: Node,
  client: RegisteredClient,
  form: Record<string, string>,
): Promise<Answer> {
  return postAsClient(node, '/oauth/token', client, form);
}

/** @returns the tokens; undefined for `invalid_grant`, the only valid refusal */
export function grantedBy(answer: Answer): Tokens | undefined {
  if (answer.status === 200) return tokensOf(answer.json<{ access_token: string }>());
  assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_grant'], answer.text);
  return undefined;
}

/** The successful responses. */
export function winners<T>(answers: readonly (T | undefined)[]): T[] {
  return answers.filter((answer) => answer !== undefined);
}

/**
 * Asserts that no server accepts any of the access tokens or refresh tokens.
 * @param tokens oldest first
 */
export async function assertDead(
  nodes: readonly Node[],
  client: RegisteredClient,
  tokens: readonly Tokens[],
): Promise<void> {
  for (const node of nodes)
    for (const { access } of tokens) assert.equal(await callStatus(node, access), 401);
  // Newest first, because presenting a used token would end the others.
  for (const node of nodes)
    for (const { refresh: token } of tokens.toReversed()) {
      if (token === '') continue;
      const form = { grant_type: 'refresh_token', refresh_token: token };
      assert.equal(grantedBy(await requestTokens(node, client, form)), undefined);
    }
}

/** Asserts that the database contains none of the issued tokens. */
export async function assertNothingLeft({ sql }: Pick<TestApp, 'sql'>): Promise<void> {
  const [left] = await sql(
    `SELECT (SELECT count(*)::integer FROM access_tokens) AS "access tokens",
            (SELECT count(*)::integer FROM artifacts WHERE model = 'RefreshToken') AS "refresh tokens"`,
  );
  assert.deepEqual(left, { 'access tokens': 0, 'refresh tokens': 0 });
}

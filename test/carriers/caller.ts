import assert from 'node:assert/strict';
import type { Static } from '@fastify/type-provider-typebox';
import type { CallResource as Call } from '../../src/web/click-to-dial/call-resource.ts';
import { insertToken, insertUser } from '../core/calls/rows.ts';
import type { TestApp } from '../harness/app.ts';
import type { Answer } from '../harness/browser.ts';
import { bearer } from '../harness/people.ts';
import { JSON_BODY, request } from '../platform/http/request.ts';

export interface Asked {
  readonly recordingEnabled?: boolean;
  /** Seconds. */
  readonly ringTimeout?: number;
  /** Seconds. */
  readonly timeLimit?: number;
}

/** A user who calls with CAMARA's API, on any node. */
export interface Caller {
  post(node: Pick<TestApp, 'url'>, callee: string, asked?: Asked): Promise<Answer>;
  /** @returns the id of a call that must open */
  open(node: Pick<TestApp, 'url'>, callee: string, asked?: Asked): Promise<string>;
  /** @returns the status */
  end(node: Pick<TestApp, 'url'>, id: string): Promise<number>;
  read(node: Pick<TestApp, 'url'>, id: string): Promise<Static<typeof Call>>;
  get(node: Pick<TestApp, 'url'>, path: string): Promise<Answer>;
}

const NUMBERS = 100;

/** @param name of the user, who is added */
export async function addCaller(app: TestApp, name: string): Promise<Caller> {
  await app.clients.registerDemoClient({ name: 'Somebody', redirectUris: [`${app.url}/test`] }, 'somebody');
  const userId = await insertUser(app, name);
  // Many, because only one ongoing call between the same two numbers is allowed.
  const numbers = Array.from({ length: NUMBERS }, (_, n) => `+4477009000${String(n).padStart(2, '0')}`);
  await app.sql('INSERT INTO user_numbers (user_id, number) SELECT $1, unnest($2::text[])', [
    userId,
    numbers,
  ]);
  const token = await insertToken(app, userId, 'somebody');
  let used = 0;

  const get: Caller['get'] = (node, path) =>
    request(node, 'GET', `/click-to-dial/v0.2/calls/${path}`, bearer(token));

  const post: Caller['post'] = (node, callee, { recordingEnabled = false, ...clickToCall } = {}) => {
    const caller = { number: numbers[used++ % NUMBERS] };
    const body = { caller, callee: { number: callee }, recordingEnabled, clickToCall };
    const headers = { ...JSON_BODY, ...bearer(token) };
    return request(node, 'POST', '/click-to-dial/v0.2/calls', headers, JSON.stringify(body));
  };

  return {
    get,
    post,
    async open(node, callee, asked) {
      const answer = await post(node, callee, asked);
      assert.equal(answer.status, 201, answer.text);
      return answer.json<Static<typeof Call>>().callId;
    },
    async end(node, id) {
      return (await request(node, 'DELETE', `/click-to-dial/v0.2/calls/${id}`, bearer(token))).status;
    },
    read: async (node, id) => (await get(node, id)).json<Static<typeof Call>>(),
  };
}

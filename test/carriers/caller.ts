import assert from 'node:assert/strict';
import { insertToken, insertUser } from '../core/calls/rows.ts';
import type { TestApp } from '../harness/app.ts';
import type { Answer } from '../harness/browser.ts';
import { bearer } from '../harness/people.ts';
import { CALLS, deleteCall, getCall, postCall, type ShownCall } from '../web/api/call.ts';
import { deleteCall as terminateCall } from '../web/click-to-dial/call.ts';

export interface Asked {
  readonly recordingEnabled?: boolean;
  /** Seconds. */
  readonly ringTimeout?: number;
  /** Seconds. */
  readonly timeLimit?: number;
}

export interface RecordingAnswer extends Pick<Response, 'status' | 'headers'> {
  readonly content: Buffer;
}

/** A user who calls, on any node. */
export interface Caller {
  post(node: Pick<TestApp, 'url'>, callee: string, asked?: Asked): Promise<Answer>;
  /** @returns the id of a call that must open */
  open(node: Pick<TestApp, 'url'>, callee: string, asked?: Asked): Promise<string>;
  /** @returns the status */
  end(node: Pick<TestApp, 'url'>, id: string): Promise<number>;
  /** Ends the call by CAMARA's API. @returns the status: 409 if the call had already ended */
  terminate(node: Pick<TestApp, 'url'>, id: string): Promise<number>;
  read(node: Pick<TestApp, 'url'>, id: string): Promise<ShownCall>;
  recording(node: Pick<TestApp, 'url'>, id: string): Promise<RecordingAnswer>;
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

  const post: Caller['post'] = (node, callee, asked = {}) =>
    postCall(node, token, { caller: numbers[used++ % NUMBERS], callee, ...asked });

  return {
    post,
    async open(node, callee, asked) {
      const answer = await post(node, callee, asked);
      assert.equal(answer.status, 201, answer.text);
      return answer.json<ShownCall>().id;
    },
    end: async (node, id) => (await deleteCall(node, token, id)).status,
    terminate: async (node, id) => (await terminateCall(node, token, id)).status,
    read: async (node, id) => (await getCall(node, token, id)).json<ShownCall>(),
    async recording({ url }, id) {
      const response = await fetch(`${url}${CALLS}/${id}/recording`, { headers: bearer(token) });
      const { status, headers } = response;
      return { status, headers, content: Buffer.from(await response.arrayBuffer()) };
    },
  };
}

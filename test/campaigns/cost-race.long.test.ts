import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { addModernClient } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';
import { startPhone } from '../harness/sip-phone.ts';
import { callTo, postCall } from '../web/api/call.ts';
import { addCaller, tokenFor } from '../web/callers.ts';
import { record, times } from './campaign.ts';

const ROUNDS = times(10, 100);
const SIMULTANEOUS = 20;
const CALLS_PER_MINUTE = 5;
const TALK_TIME = 100;

const phone = await startPhone('ringing');
const app = await startApp();
const clients = [await addModernClient(app), await addModernClient(app)];
const bounds = { CALLS_PER_MINUTE: String(CALLS_PER_MINUTE), TALK_TIME_PER_DAY: String(TALK_TIME) };
const env = { DATABASE_URL: app.databaseUrl, ...phone.env, ...bounds };
const nodes = [await startServer(env), await startServer(env)] as const;

/** Opens from both applications through both nodes at once. @returns the time limits of those that opened, and the codes of those refused */
async function openAtOnce(tokens: readonly string[], timeLimit: number) {
  const answers = await Promise.all(
    Array.from({ length: SIMULTANEOUS }, async (_, index) => {
      const node = nodes[index % 2 === 0 ? 0 : 1];
      const token = tokens[Math.floor(index / 2) % 2];
      const answer = await postCall(node, token, callTo(undefined, { timeLimit }));
      return answer.json<{ code?: string; timeLimit?: number }>();
    }),
  );
  return {
    opened: answers.flatMap(({ timeLimit: given }) => given ?? []).toSorted((a, b) => a - b),
    refused: answers.flatMap(({ code }) => code ?? []),
  };
}

async function addTokens(name: string): Promise<string[]> {
  const person = await addCaller(app, name);
  const tokens: string[] = [];
  for (const client of clients) tokens.push(await tokenFor(app, client, person));
  return tokens;
}

/** All calls talked as long as they might, and ended just now. */
const talkAndEnd = () =>
  app.sql(`UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client', ended_at = clock_timestamp(),
                            connected_at = clock_timestamp() - time_limit * interval '1 second' WHERE ended_at IS NULL`);

const pass = (time: string) =>
  app.sql(
    `UPDATE calls SET created_at = created_at - $1::interval, connected_at = connected_at - $1::interval,
                            ended_at = ended_at - $1::interval`,
    [time],
  );

test(`of ${SIMULTANEOUS} simultaneous opens over two nodes and two applications only as many succeed as fit into ${TALK_TIME} s, ${ROUNDS} times`, async () => {
  const tokens = await addTokens('talker');
  for (let round = 0; round < ROUNDS; round++) {
    const { opened, refused } = await openAtOnce(tokens, 30);
    assert.deepEqual({ round, opened }, { round, opened: [10, 30, 30, 30] });
    assert.equal(refused.length, SIMULTANEOUS - 4);
    await talkAndEnd();
    await pass('1 minute');
    const again = await openAtOnce(tokens, 30);
    assert.deepEqual(again, { opened: [], refused: Array(SIMULTANEOUS).fill('talk_time_spent') });
    await pass('24 hours');
  }
  record({
    invariant: 'Calls that cost never talk longer in a day than allowed',
    tried: `${ROUNDS} × ${SIMULTANEOUS} simultaneous opens over 2 nodes and 2 applications, of calls that may talk 30 s, where ${TALK_TIME} s are left`,
    found: 'each time 4 opened, the last one cut to 10 s, and afterwards none',
  });
});

test(`of ${SIMULTANEOUS} simultaneous opens over two nodes and two applications exactly ${CALLS_PER_MINUTE} succeed within a minute, ${ROUNDS} times`, async () => {
  const tokens = await addTokens('dialler');
  for (let round = 0; round < ROUNDS; round++) {
    const { opened, refused } = await openAtOnce(tokens, 1);
    assert.deepEqual({ round, opened: opened.length }, { round, opened: CALLS_PER_MINUTE });
    assert.deepEqual(refused, Array(SIMULTANEOUS - CALLS_PER_MINUTE).fill('call_rate_reached'));
    await talkAndEnd();
    await pass('24 hours');
  }
  record({
    invariant: 'Never more calls that cost within a minute than allowed',
    tried: `${ROUNDS} × ${SIMULTANEOUS} simultaneous opens over 2 nodes and 2 applications, of which ${CALLS_PER_MINUTE} may open`,
    found: `each time exactly ${CALLS_PER_MINUTE} opened`,
  });
});

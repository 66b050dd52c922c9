import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerOverloaded } from '../../../src/core/calls/call-errors.ts';
import { startApp, type TestApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { freePort } from '../../harness/free-port.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { startPhone } from '../../harness/sip-phone.ts';
import { until } from '../../harness/until.ts';
import { request } from '../../platform/http/request.ts';
import { addCaller, countCalls, tokenFor } from '../callers.ts';
import { assertRefused, callIdOf, MODERN_APIS, OPENING_APIS, post } from './apis.ts';

/** Milliseconds; longer than a request may wait for a statement. */
const WAIT_MS = 1_050;
/** Seconds; the timeout of statements is 3 s. */
const SLOW_S = 2.4;
/** A message that is read and ignored, because it belongs to no dialog. */
const ACK = [
  'ACK sip:clicktocall@127.0.0.1 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKunknown',
  'From: <sip:a@127.0.0.1>;tag=a',
  'To: <sip:b@127.0.0.1>;tag=b',
  'Call-ID: unknown',
  'CSeq: 1 ACK',
  'Max-Forwards: 70',
  'Content-Length: 0',
  ...['', ''],
].join('\r\n');
/** Milliseconds: without a wait for the database. */
const PROMPT_MS = 500;
const [api] = MODERN_APIS;

async function addToken(app: TestApp, name = 'anna'): Promise<string> {
  return tokenFor(app, await addModernClient(app), await addCaller(app, name));
}

suite('while the database is slow to open calls', async () => {
  const app = await startApp();
  const token = await addToken(app);

  /** Makes each statement that opens calls take long. */
  async function slowDown(): Promise<void> {
    await app.sql(`
      CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(${SLOW_S}); RETURN NULL; END';
      CREATE TRIGGER slow BEFORE INSERT ON calls EXECUTE FUNCTION slow_down()`);
  }

  /** How many statements are opening calls. */
  async function countOpenings(): Promise<number> {
    const [row] = await app.sql(
      `SELECT count(*)::integer AS count FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE '%FROM open_calls(%' AND pid <> pg_backend_pid()`,
    );
    return Number(row?.['count']);
  }

  test('new calls are refused at once by every API, without any effect; reading and ending continue', async () => {
    const ongoing = callIdOf(await post(app, api, token));
    const before = await countCalls(app);
    const others = await Promise.all(['bea', 'cleo', 'dora'].map((name) => addToken(app, name)));
    await slowDown();
    const waiting: ReturnType<typeof post>[] = [];
    for (const [statements, other] of others.entries()) {
      waiting.push(post(app, api, other));
      if (statements < 2)
        await until('its statement runs', async () => (await countOpenings()) === statements + 1);
    }
    await sleep(WAIT_MS);
    for (const each of OPENING_APIS) {
      const sentAt = performance.now();
      const answer = await post(app, each, token);
      const tookMs = performance.now() - sentAt;
      assertRefused(each, answer, ServerOverloaded);
      assert.equal(answer.headers.get('retry-after'), '1');
      assert.ok(tookMs < PROMPT_MS, `${tookMs} ms`);
    }
    assert.equal((await request(app, 'GET', `${api.path}/${ongoing}`, bearer(token))).status, 200);
    assert.equal((await request(app, 'DELETE', `${api.path}/${ongoing}`, bearer(token))).status, 204);
    const statuses = (await Promise.all(waiting)).map(({ status }) => status);
    assert.deepEqual(statuses, [201, 201, 201]);
    assert.equal(await countCalls(app), before + 3);
    await app.sql('DROP TRIGGER slow ON calls');
    for (const each of OPENING_APIS) assert.equal((await post(app, each, token)).status, 201);
  });

  test('a burst is not an overload: all of 200 simultaneous requests are decided', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => post(app, api, token)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
  });
});

suite('while SIP messages wait in their socket', async () => {
  const port = await freePort();
  const phone = await startPhone('ringing');
  const app = await startApp({ ...phone.env, SIP_LISTEN: `udp:127.0.0.1:${port}` });
  const token = await addToken(app);

  /** Sends more messages than this process reads. */
  function flood(): () => void {
    const program = `const socket = require('node:dgram').createSocket('udp4');
      const send = () => { for (let n = 0; n < 64; n++) socket.send(${JSON.stringify(ACK)}, ${port}, '127.0.0.1'); setImmediate(send); };
      send();`;
    const child = spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
    let busy = true;
    const delay = () => {
      for (const over = performance.now() + 5; performance.now() < over; );
      if (busy) setImmediate(delay);
    };
    delay();
    const stop = () => {
      busy = false;
      child.kill();
    };
    afterFile(stop);
    return stop;
  }

  test('new calls are refused until they are read', async () => {
    assert.equal((await post(app, api, token)).status, 201);
    const stop = flood();
    const refused = await until('a call is refused', async () => {
      const answer = await post(app, api, token);
      return answer.status === 503 ? answer : undefined;
    });
    assertRefused(api, refused, ServerOverloaded);
    stop();
    await until('calls are opened again', async () => (await post(app, api, token)).status === 201);
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWholeLives, ending, inWords, reached, statesOf } from '../../core/calls/lives.ts';
import { startNode } from '../../harness/app.ts';
import { type ServerProcess, startServer } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';
import type { Phone } from '../../peers/phone.ts';
import { hearEachOther, type SipStage, startBehindPbx } from './sip-stage.ts';

const NUMBER = '+442079460123';

suite('when the server of a call dies', () => {
  let stage: SipStage;
  let anna: Phone;
  let bert: Phone;
  let server: ServerProcess;
  before(async () => {
    stage = await startBehindPbx();
  });
  beforeEach(async () => {
    [anna, bert, server] = await Promise.all([
      stage.startPhone({ name: 'anna', autoAnswer: false }),
      stage.startPhone({ name: NUMBER, autoAnswer: false }),
      startServer({ DATABASE_URL: stage.app.databaseUrl, ...stage.env }),
    ]);
  });
  after(() => assertWholeLives(stage.app));

  async function ringCaller(): Promise<string> {
    const id = await stage.call(anna.uri, NUMBER, {}, server);
    await anna.until('CALL_INCOMING');
    await reached(stage.app, id, 'callingCaller');
    return id;
  }

  async function ringCallee(): Promise<string> {
    const id = await ringCaller();
    await anna.answer();
    await bert.until('CALL_INCOMING');
    await reached(stage.app, id, 'callingCallee');
    return id;
  }

  async function connect(): Promise<string> {
    const id = await ringCallee();
    await bert.answer();
    await reached(stage.app, id, 'connected');
    await hearEachOther(anna, bert);
    return id;
  }

  /** Kills the server, and lets its lease expire. */
  async function kill(): Promise<void> {
    await server.stop('SIGKILL');
    await forgetNode();
  }

  async function forgetNode(): Promise<void> {
    await stage.app.sql(`UPDATE nodes SET since = since - interval '1 minute'`);
    const [{ id } = {}] = await stage.app.sql(
      'SELECT node_id AS id FROM calls ORDER BY created_at DESC LIMIT 1',
    );
    await stage.app.sql(`UPDATE nodes SET seen_at = seen_at - interval '1 minute' WHERE id = $1`, [id]);
  }

  async function quiet(): Promise<void> {
    await stage.nothingLeft();
    const [{ ongoing } = {}] = await stage.app.sql(
      'SELECT count(*)::integer AS ongoing FROM calls WHERE ended_at IS NULL',
    );
    assert.equal(ongoing, 0, 'no place is held');
    await Promise.all([anna.stop(), bert.stop(), server.stop()]);
  }

  test('while the caller’s phone rings, another server stops it', async () => {
    const id = await ringCaller();
    await kill();
    await anna.until('CALL_CLOSED');
    assert.equal(inWords(await ending(stage.app, id)), 'failed: other, by carrier');
    await quiet();
  });

  test('while the callee’s phone rings, another server releases both', async () => {
    const id = await ringCallee();
    await kill();
    await Promise.all([anna.until('CALL_CLOSED'), bert.until('CALL_CLOSED')]);
    assert.equal(inWords(await ending(stage.app, id)), 'failed: other, by carrier');
    await quiet();
  });

  test('a paused server that lost the call ends the answer of a caller', async () => {
    const id = await ringCaller();
    void server.stop('SIGSTOP');
    await anna.answer();
    await forgetNode();
    assert.equal(inWords(await ending(stage.app, id)), 'failed: other, by carrier');
    void server.stop('SIGCONT');
    await anna.until('CALL_CLOSED');
    await quiet();
    assert.ok(!bert.saw('CALL_INCOMING'));
  });

  for (const who of ['caller', 'callee', 'client'] as const) {
    test(`while two talk, they keep talking, and another server sees the ${who} hang up`, async () => {
      const id = await connect();
      const told = [anna, bert].map(descriptions);
      await kill();
      await until('both phones get the Contact of the other node', () =>
        [anna, bert].every((phone, which) => descriptions(phone) > (told[which] ?? 0)),
      );
      assert.ok(!anna.saw('CALL_CLOSED') && !bert.saw('CALL_CLOSED'));
      await hearEachOther(anna, bert);
      if (who === 'client') assert.equal(await stage.caller.end(stage.app, id), 204);
      else await (who === 'caller' ? anna : bert).hangUp();
      await Promise.all([anna.until('CALL_CLOSED'), bert.until('CALL_CLOSED')]);
      const by = who === 'client' ? 'client' : 'carrier';
      assert.equal(inWords(await ending(stage.app, id)), `disconnected: hangUp, by ${by}`);
      await quiet();
    });
  }

  test('a call that was ended before the takeover is ended on the phones', async () => {
    const id = await connect();
    await kill();
    await stage.app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'administrator')`, [id]);
    await Promise.all([anna.until('CALL_CLOSED'), bert.until('CALL_CLOSED')]);
    await quiet();
  });

  test('a phone that hung up before the takeover is noticed, and the other one gets BYE', async () => {
    const id = await connect();
    await server.stop('SIGKILL');
    await anna.hangUp();
    await kill();
    await bert.until('CALL_CLOSED');
    assert.equal(inWords(await ending(stage.app, id)), 'disconnected: other, by carrier');
    await quiet();
  });

  test('a node that was considered dead leaves the phones to the one that took over', async () => {
    await server.stop();
    const slow = await startNode(stage.app, { ...stage.env });
    const id = await stage.call(anna.uri, NUMBER, {}, slow);
    await anna.until('CALL_INCOMING');
    await anna.answer();
    await bert.until('CALL_INCOMING');
    await bert.answer();
    await reached(stage.app, id, 'connected');
    const [{ node_id: held } = {}] = await stage.app.sql('SELECT node_id FROM calls WHERE id = $1', [id]);
    await until('the other has taken over', async () => {
      await stage.app.sql('DELETE FROM nodes WHERE id = $1', [held]);
      const legs = await stage.app.sql('SELECT FROM carried_legs WHERE node_id = $1', [held]);
      return legs.length === 0;
    });
    await sleep(3000); // as long as the node takes to notice
    await hearEachOther(anna, bert);
    assert.ok(!anna.saw('CALL_CLOSED') && !bert.saw('CALL_CLOSED'));
    await bert.hangUp();
    await anna.until('CALL_CLOSED');
    assert.equal(inWords(await ending(stage.app, id)), 'disconnected: hangUp, by carrier');
    await quiet();
  });

  test('when a server stops, phones that ring stop at once, and conversations continue', async () => {
    const ringing = await ringCallee();
    await server.stop('SIGTERM');
    await Promise.all([anna.until('CALL_CLOSED'), bert.until('CALL_CLOSED')]);
    assert.equal(inWords(await ending(stage.app, ringing)), 'failed: other, by carrier');
    assert.deepEqual((await statesOf(stage.app, ringing)).at(-1), 'failed');
    await Promise.all([anna.stop(), bert.stop()]);

    [anna, bert, server] = await Promise.all([
      stage.startPhone({ name: 'anna', autoAnswer: false }),
      stage.startPhone({ name: NUMBER, autoAnswer: false }),
      startServer({ DATABASE_URL: stage.app.databaseUrl, ...stage.env }),
    ]);
    const talking = await connect();
    await server.stop('SIGTERM');
    await until('another node has its legs', async () => {
      const legs = await stage.app.sql('SELECT FROM carried_legs WHERE node_id IN (SELECT id FROM nodes)');
      return legs.length === 2;
    });
    await hearEachOther(anna, bert);
    await bert.hangUp();
    await anna.until('CALL_CLOSED');
    assert.equal(inWords(await ending(stage.app, talking)), 'disconnected: hangUp, by carrier');
    await quiet();
  });
});

function descriptions(phone: Phone): number {
  return phone.events.filter(({ type }) => type === 'CALL_REMOTE_SDP').length;
}

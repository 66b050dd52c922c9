import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ending, inWords, reached } from '../../core/calls/lives.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { startAsterisk } from '../../peers/asterisk.ts';
import { noAsterisk } from '../../peers/asterisk-place.ts';
import { addCaller } from '../caller.ts';
import { callee, dialplan, ENDPOINTS } from './dialplan.ts';

const [TALKS, ANSWERS_LATE] = [callee('132'), callee('102')];

if (noAsterisk) suite('recordings by Asterisk', { skip: noAsterisk });
else suite('recordings by Asterisk', recordings);

async function recordings(): Promise<void> {
  const asterisk = await startAsterisk({ extensions: dialplan() });
  const env = { ...asterisk.env('recordings'), ...ENDPOINTS };
  const app = await startApp(env);
  const caller = await addCaller(app, 'caller');

  test('last as long as the call, and are available after a restart', async () => {
    const node = await startNode(app, env);
    const id = await caller.open(node, callee('131'), { recordingEnabled: true });
    assert.equal(inWords(await ending(app, id)), 'disconnected: hangUp, by carrier');
    const { headers, content } = await caller.recording(node, id);
    const { endedAt } = await caller.read(app, id);
    assert.equal(headers.get('last-modified'), new Date(endedAt ?? '').toUTCString());
    const seconds = (content.length - 44) / 2 / 8000;
    assert.ok(seconds > 0.7 && seconds < 1.5, `${seconds} s`);
    await node.stop();
    const other = await startNode(app, env);
    assert.deepEqual((await caller.recording(other, id)).content, content);
  });

  test('start on the next node if a node ends between connection and recording', async () => {
    const node = await startNode(app, env);
    const id = await caller.open(node, TALKS, { recordingEnabled: true });
    await reached(app, id, 'connected');
    const live = `/recordings/live/recordings-${id}`;
    await until('it is recorded', () =>
      asterisk.ask('GET', live).then(
        () => true,
        () => false,
      ),
    );
    await node.stop();
    await asterisk.ask('DELETE', live);
    await until('it is recorded again', () =>
      asterisk.ask('GET', live).then(
        () => true,
        () => false,
      ),
    );
    await sleep(500); // something to be heard
    assert.equal(await caller.end(app, id), 204);
    assert.equal((await caller.read(app, id)).recordingResult, 'success');
    assert.equal((await caller.recording(app, id)).status, 200);
    await app.sql('DELETE FROM calls WHERE id = $1', [id]);
  });

  test('last until the time limit', async () => {
    const id = await caller.open(app, TALKS, { recordingEnabled: true, timeLimit: 2 });
    assert.equal(inWords(await ending(app, id)), 'disconnected: other, by sweeper');
    assert.equal((await caller.read(app, id)).recordingResult, 'success');
    assert.equal((await caller.recording(app, id)).status, 200);
    await app.sql('DELETE FROM calls WHERE id = $1', [id]);
    await until(
      'it is removed',
      async () => (await asterisk.ask<unknown[]>('GET', '/recordings/stored')).length === 1,
    );
  });

  test('are not made without a request', async () => {
    const id = await caller.open(app, TALKS);
    await reached(app, id, 'connected');
    assert.equal(await caller.end(app, id), 204);
    assert.equal((await caller.read(app, id)).recordingResult, null);
    assert.equal((await asterisk.ask<unknown[]>('GET', '/recordings/stored')).length, 1);
  });

  test('fail if Asterisk refuses, no matter who ends the call', async () => {
    const id = await caller.open(app, ANSWERS_LATE, { recordingEnabled: true });
    writeFileSync(asterisk.recordingFile(`recordings-${id}`), 'there already');
    await reached(app, id, 'connected');
    await assertFailed(id);
  });

  test('fail if Asterisk cannot write the file', async () => {
    const id = await caller.open(app, ANSWERS_LATE, { recordingEnabled: true });
    const folder = dirname(asterisk.recordingFile(''));
    renameSync(folder, `${folder}-away`);
    writeFileSync(folder, '');
    await reached(app, id, 'connected');
    await assertFailed(id);
    rmSync(folder);
    renameSync(`${folder}-away`, folder);
  });

  for (const [what, statement] of [
    ['stripped', 'SELECT strip_calls($1)'],
    ['removed', 'DELETE FROM calls WHERE id = ANY ($1)'],
  ] as const) {
    test(`are removed with calls that are ${what}, and no others`, async () => {
      const record = async () => {
        const id = await caller.open(app, TALKS, { recordingEnabled: true });
        await reached(app, id, 'connected');
        assert.equal(await caller.end(app, id), 204);
        assert.equal((await caller.recording(app, id)).status, 200);
        return id;
      };
      const [gone, stays] = [await record(), await record()];
      await app.sql(statement, [[gone]]);
      await until('it is removed', () => !existsSync(asterisk.recordingFile(`recordings-${gone}`)));
      await until(
        'nothing is to be removed',
        async () => (await app.sql('SELECT FROM recordings_to_remove')).length === 0,
      );
      assert.ok(existsSync(asterisk.recordingFile(`recordings-${stays}`)));
    });
  }

  /** Ends it. */
  async function assertFailed(id: string): Promise<void> {
    await until('it is known', async () => {
      const [call] = await app.sql('SELECT FROM calls WHERE id = $1 AND recording_failed_at IS NOT NULL', [
        id,
      ]);
      return call;
    });
    const ongoing = await caller.read(app, id);
    assert.deepEqual([ongoing.state, ongoing.recordingResult], ['connected', null]);
    assert.equal(await caller.end(app, id), 204);
    assert.equal((await caller.read(app, id)).recordingResult, 'fail');
    assert.equal((await caller.recording(app, id)).status, 404);
  }
}

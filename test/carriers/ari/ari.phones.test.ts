import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ending, inWords } from '../../core/calls/lives.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { startAsterisk } from '../../peers/asterisk.ts';
import { noAsterisk } from '../../peers/asterisk-place.ts';
import { openCall } from '../../web/classic/call.ts';
import { conformance } from '../conformance.ts';
import { takeovers } from '../takeovers.ts';
import { ariSetup, callee, dialplan } from './dialplan.ts';

if (noAsterisk) {
  suite('the carrier ari', { skip: noAsterisk });
} else {
  const asterisk = await startAsterisk({ extensions: dialplan() });
  const setup = {
    ...ariSetup(asterisk.env('conformance')),
    rings: async (callId: string) =>
      (await asterisk.ask<{ id: string; state: string }[]>('GET', '/channels')).some(
        ({ id, state }) => id.includes(callId) && state === 'Ringing',
      ),
  };
  conformance(setup, takeovers(setup));

  test('a user without a number cannot be called, unless the template uses the name', async () => {
    const endings = ['Local/{digits}@callers', 'Local/447700900000@callers'].map(async (endpoint, n) => {
      const app = await startApp({ ...setup.env, ...asterisk.env(`who${n}`), ARI_CALLER_ENDPOINT: endpoint });
      await addUser(app, 'anna');
      const token = await classicToken(app, await addClassicClient(app), 'anna');
      return inWords(await ending(app, await openCall(app, token, callee('131'))));
    });
    assert.deepEqual(await Promise.all(endings), [
      'failed: callerWrongNumber, by carrier',
      'disconnected: hangUp, by carrier',
    ]);
  });
}

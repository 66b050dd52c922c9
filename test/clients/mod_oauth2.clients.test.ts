import assert from 'node:assert/strict';
import { startSite } from '../browser/sites.ts';
import { freePort } from '../harness/free-port.ts';
import { addModernClient, bearer, modernToken } from '../harness/people.ts';
import { startApache } from './apache.ts';
import { testFlows } from './flows.ts';
import { settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const origin = `http://localhost:${await freePort()}`;
const registered = await room.register({});
const application = await startSite(({ headers }, response) => void response.end(headers['remote-user']));

interface Opened {
  readonly status: number;
  readonly text: string;
}

async function open(token: string): Promise<Opened> {
  const answer = await fetch(origin, { headers: bearer(token) });
  return { status: answer.status, text: await answer.text() };
}

testFlows(
  'mod_oauth2',
  room,
  registered,
  async () => {
    await startApache('mod_oauth2.conf', { origin, application }, settingsOf(room, registered));
    const another = await addModernClient(room.app);
    return {
      valid: await open(await modernToken(room.app, registered, 'anna', 'openid call')),
      unknown: await open('unknown'),
      ofAnotherClient: await open(await modernToken(room.app, another, 'anna')),
    };
  },
  {
    'resource server'({ valid, unknown, ofAnotherClient }) {
      assert.deepEqual(valid, { status: 200, text: room.subject });
      for (const { status } of [unknown, ofAnotherClient] as Opened[]) assert.equal(status, 401);
    },
  },
);

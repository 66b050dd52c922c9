import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { Browser } from '../harness/browser.ts';
import { bearer } from '../harness/people.ts';
import { startServer, temporaryFolder } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import { openCall, type ShownCall, stopCall } from '../web/classic/call.ts';
import { addCaller } from './caller.ts';

const HANGS_UP = '+12025550131';
const NOT_FICTIONAL = '+447700900123';

async function demoToken(url: string): Promise<string> {
  const browser = new Browser(url);
  const ask = {
    client_id: 'demo-classic',
    response_type: 'token',
    redirect_uri: `${url}/test`,
    scope: 'call',
  };
  await browser.post('/auth/login', { ...ask, username: 'demo', password: 'demo' });
  const { location } = await browser.post('/auth/grant', { ...ask, grant: 'true' });
  return /access_token=([^&]+)/.exec(location)?.[1] ?? '';
}

test('with demo data, exactly the fictional numbers are simulated, also after a restart', async () => {
  const DATA_DIR = temporaryFolder();
  for (const env of [{ DATA_DIR }, { DATA_DIR, CARRIER: 'session' }]) {
    const server = await startServer(env);
    const token = await demoToken(server.url);
    const headers = bearer(token);
    const infoOf = async (id: string) => {
      const answer = await fetch(`${server.url}/rest/call?token_call=${id}`, { headers });
      return ((await answer.json()) as ShownCall).info;
    };
    const real = await openCall(server, token, NOT_FICTIONAL);
    assert.equal((await infoOf(real)).state, 'connected', 'nothing is signalled');
    const simulated = await openCall(server, token, HANGS_UP);
    assert.notEqual((await infoOf(simulated)).state, 'connected', 'the phones ring first');
    await until('it hangs up by itself', async () => (await infoOf(simulated)).state === 'disconnected');
    assert.equal((await infoOf(real)).state, 'connected');
    await stopCall(server, token, real);
    await server.stop();
  }
});

test('without demo data, nothing is simulated unless CARRIER=simulator', async () => {
  const app = await startApp({ CARRIER: 'session' });
  const caller = await addCaller(app, 'caller');
  const id = await caller.open(app, HANGS_UP);
  assert.equal((await caller.read(app, id)).status, 'connected');
  assert.deepEqual(await app.sql('SELECT carrier, node_id FROM calls'), [
    { carrier: 'session', node_id: null },
  ]);
});

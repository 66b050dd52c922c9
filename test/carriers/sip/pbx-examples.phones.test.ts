import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBlocks } from '../../docs/markdown.ts';
import { startApp } from '../../harness/app.ts';
import { temporaryFolder } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';
import { startAsterisk } from '../../peers/asterisk.ts';
import { sipEndpoint } from '../../peers/asterisk-files.ts';
import { noAsterisk } from '../../peers/asterisk-place.ts';
import { startPhone } from '../../peers/phone.ts';
import { addCaller } from '../caller.ts';

const PASSWORD = 'as in the example';

for (const flow of ['delayed-offer', 'early-offer']) {
  test(`the documented example for Asterisk connects two phones, by ${flow}`, {
    skip: noAsterisk,
  }, async () => {
    const [alice, bob] = await Promise.all([
      startPhone({ name: '1001', tone: 440 }),
      startPhone({ name: '+442079460123', tone: 1000 }),
    ]);
    const [endpoints = '', extensions = ''] = readBlocks('docs/phones/sip.md', 'ini', 'Asterisk, by SIP');
    const here = 'direct_media=no\nmedia_address=127.0.0.1\nbind_rtp_to_media_address=yes';
    const asterisk = await startAsterisk({
      endpoints:
        endpoints
          .replace('…', PASSWORD)
          .replace('192.0.2.20', '127.0.0.1')
          .replace('direct_media=no', here)
          .replace('g722,', '') + // its translator is not loaded here
        `\n${sipEndpoint('1001', alice.uri)}${sipEndpoint('trunk', bob.uri.replace(/sip:.*@/, 'sip:'))}`,
      extensions: extensions.replace('+447700900001', '+447700900000'),
    });
    const app = await startApp({
      CARRIER: 'sip',
      SIP_LISTEN: 'udp:127.0.0.1:0',
      SIP_PROXY: `sip:127.0.0.1:${asterisk.sipPort}`,
      SIP_USERNAME: 'clicktocall',
      SIP_PASSWORD: PASSWORD,
      SIP_REALM: 'asterisk',
      SIP_FLOW: flow,
    });
    const caller = await addCaller(app, 'anna');
    const id = await caller.open(app, '+442079460123');
    await until('connected', async () => (await caller.read(app, id)).state === 'connected');
    await sleep(1500);
    await caller.end(app, id);
    await Promise.all([alice.until('CALL_CLOSED'), bob.until('CALL_CLOSED')]);
    assert.ok(Math.abs(alice.heard() - 1000) < 30, `the caller heard ${alice.heard()} Hz`);
    assert.ok(Math.abs(bob.heard() - 440) < 20, `the callee heard ${bob.heard()} Hz`);
  });
}

test('Kamailio accepts the documented example', () => {
  const [route = ''] = readBlocks('docs/phones/sip.md', 'cfg', 'Kamailio');
  const modules = ['tm', 'sl', 'rr', 'pv', 'textops', 'siputils', 'usrloc', 'registrar', 'auth', 'auth_db'];
  const config = join(temporaryFolder(), 'kamailio.cfg');
  const loaded = modules.map((name) => `loadmodule "${name}.so"\n`).join('');
  writeFileSync(config, `#!KAMAILIO\n${loaded}request_route {\n${route}\n}\n`);
  const { status, stderr } = spawnSync('kamailio', ['-c', '-f', config], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Config, readConfig } from '../../src/config/config.ts';
import { temporaryFolder } from '../harness/server-process.ts';
import { examples } from './telephony-examples.ts';

const folder = temporaryFolder();
const pem = join(folder, 'some.pem');
writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');

/** What a program that is started in the same terminal after the lines is told. */
function configAfter(lines: string): Config {
  const script = `${lines.replace(/\/\S+\.pem$/gm, pem)}\nexec env -0`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-eu', '-c', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const env = stdout.split('\0').map((entry) => entry.split(/=(.*)/s).slice(0, 2));
  return readConfig(Object.fromEntries(env));
}

const blocks = examples('sh').filter((block) => block.includes('CARRIER='));

test('every example of variables in docs/telephony.md is read as a configuration when it is pasted', () => {
  assert.ok(blocks.length >= 5, `${blocks.length} examples`);
  for (const block of blocks) {
    const { carrier, sip, ari } = configAfter(block);
    assert.ok(carrier === 'sip' ? sip : ari, block);
    const [, proxy] = /^SIP_PROXY='?([^'\n]*)'?$/m.exec(block) ?? [];
    assert.equal(sip?.proxy, proxy, 'as it stands there');
  }
});

test('a file of variables works as README.md and docs/telephony.md give it', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, made = ''] = /```sh\n(cat > calls\.env .*?)npm start\n```/s.exec(readme) ?? [];
  assert.equal(configAfter(made).sip?.callerAddress, 'sip:{name}@pbx.example.com');

  const [given = ''] = examples('sh').filter((block) => block.includes('. ./calls.env'));
  const lines = blocks.find((block) => block.includes(';transport=')) ?? '';
  writeFileSync(join(folder, 'calls.env'), lines.replace(/^set .a$/gm, '').replace(/\/\S+\.pem$/gm, pem));
  assert.match(configAfter(given.replace('npm start', '')).sip?.proxy ?? '', /;transport=tls$/);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Config, readConfig } from '../../src/config/config.ts';
import { temporaryFolder } from '../harness/server-process.ts';
import { readBlocks } from './markdown.ts';

const folder = temporaryFolder();
const pem = join(folder, 'some.pem');
writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');

/** The configuration of a program that starts in the same terminal after these lines. */
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

const examples = ['sip', 'asterisk'].flatMap((page) => readBlocks(`docs/phones/${page}.md`, 'sh'));

test('every example of variables can be pasted, and gives a valid configuration', () => {
  assert.ok(examples.length >= 5, `${examples.length} examples`);
  for (const example of examples) {
    const { carrier, sip, ari } = configAfter(example);
    assert.ok(carrier === 'sip' ? sip : ari, example);
    const [, proxy] = /^SIP_PROXY='?([^'\n]*)'?$/m.exec(example) ?? [];
    assert.equal(sip?.proxy, proxy, 'the shell does not change it');
  }
});

test('the example of a file of variables works', () => {
  const [write = '', load = ''] = readBlocks('docs/phones/README.md', 'sh', 'Set the variables');
  const start = load.replace('npm start', '');
  assert.equal(configAfter(`${write}${start}`).sip?.callerAddress, 'sip:{name}@pbx.example.com');

  const lines = examples.find((example) => example.includes(';transport=')) ?? '';
  writeFileSync(join(folder, 'calls.env'), lines.replace(/^set .a$/gm, '').replace(/\/\S+\.pem$/gm, pem));
  assert.match(configAfter(start).sip?.proxy ?? '', /;transport=tls$/);
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { temporaryFolder } from '../harness/server-process.ts';
import { examples } from './telephony-examples.ts';

test('every example of variables in docs/telephony.md is read as a configuration', () => {
  const pem = join(temporaryFolder(), 'some.pem');
  writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
  const blocks = examples('sh');
  assert.ok(blocks.length >= 5, `${blocks.length} examples`);
  for (const block of blocks) {
    const env = Object.fromEntries(
      block.split('\n').map((line) => {
        const [, name, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? assert.fail(line);
        return [name, value.replace(/^\/.*\.pem$/, pem)];
      }),
    );
    const { carrier, sip, ari } = readConfig(env);
    assert.ok(carrier === 'sip' ? sip : ari);
  }
});

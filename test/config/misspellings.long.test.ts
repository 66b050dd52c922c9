import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import { runCli, runServer, temporaryFolder } from '../harness/server-process.ts';

suite('a misspelt variable', () => {
  for (const [wrong, meant] of [
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['LOG_LEVELL', 'LOG_LEVEL'],
    ['MAX_ONGOING_CALL', 'MAX_ONGOING_CALLS'],
    ['DATADIR', 'DATA_DIR'],
    ['SIP_REGISTER', 'SIP_REGISTRAR'],
    ['TRUST_PROXIES', undefined],
    ['HOSTNAME', undefined],
    ['LOGNAME', undefined],
    ['TERM', undefined],
    ['PATH', undefined],
  ] as const) {
    test(`${wrong}: ${meant ?? 'another program has it'}`, () => {
      const expected = meant === undefined ? [] : [`${wrong} is not a setting; did you mean ${meant}?`];
      assert.deepEqual(readConfig({ [wrong]: 'very-secret' }).warnings, expected);
    });
  }

  test('that stands beside the right one is of another program', () => {
    const env = { DATABASE_URI: 'other', DATABASE_URL: 'postgresql://u@db.example/d' };
    assert.deepEqual(readConfig(env).warnings, []);
  });

  test('no setting is taken for a misspelling of another', () => {
    const env = { SIP_TLS_KEY: '', SIP_TLS_CA: '', SIP_CALLER_ID: '', ARI_CALLER_ID: '', DIAL_DENY: '' };
    assert.deepEqual(readConfig(env).warnings, []);
  });

  test('is reported at the start of the server and of a command, without its value', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const env = { DATABASE_URI: 'postgresql://very-secret', DATA_DIR: file };
    for (const { stderr } of [await runServer(env), await runCli(['user', 'list'], env)]) {
      const [first, second] = stderr.split('\n');
      assert.equal(first, 'clicktocall: warning: DATABASE_URI is not a setting; did you mean DATABASE_URL?');
      assert.match(second ?? '', /^clicktocall: DATA_DIR: /);
      assert.doesNotMatch(stderr, /very-secret/);
    }
  });
});

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { freePort } from '../../harness/free-port.ts';
import { runServer } from '../../harness/server-process.ts';

test('a server that cannot listen for SIP says so in one line, and does not start', async () => {
  const taken = createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  afterFile(() => taken.close());
  const databaseUrl = await createDatabase();
  afterFile(() => dropDatabase(databaseUrl));
  const listen = `udp:127.0.0.1:${taken.address().port}`;
  const { code, stdout, stderr } = await runServer({
    ...{ PORT: String(await freePort()), DATABASE_URL: databaseUrl },
    ...{ CARRIER: 'sip', SIP_LISTEN: listen, SIP_PROXY: 'sip:pbx.example' },
  });
  assert.equal(code, 2);
  assert.equal(stdout, '', 'no other part starts');
  assert.match(
    stderr,
    new RegExp(`^clicktocall: SIP_LISTEN: cannot listen at ${listen}: .*EADDRINUSE.*\\n$`),
  );
});

import assert from 'node:assert/strict';
import { getServers, setServers } from 'node:dns';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { startDnsResponder } from '../../harness/dns-responder.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { deliveriesOf, openCallOf } from './events.ts';

/** More than the threads of Node.js that could wait for a name server. */
const RECEIVERS = Array.from({ length: 8 }, (_, index) => `hooks-${index}.silent.example`);

const names = await startDnsResponder(new Map(RECEIVERS.map((name) => [name, undefined])));
const usual = getServers();
setServers([names.server]);
afterFile(() => setServers(usual));

test('people sign in while the name servers of receivers do not respond', async () => {
  const app = await startApp();
  const client = await addClassicClient(app);
  await addUser(app, 'anna', { limit: RECEIVERS.length });
  const calls = await Promise.all(
    RECEIVERS.map((name) =>
      openCallOf(app, { userName: 'anna', clientId: client.id, sink: `https://${name}/` }),
    ),
  );
  await until('all names are asked for', () => new Set(names.asked).size === RECEIVERS.length);

  const answer = await new Browser(app.url).post('/sign-in', {
    username: 'anna',
    password: PASSWORD,
  });
  assert.equal(answer.status, 303, answer.text);
  for (const call of calls) {
    const attempts = (await deliveriesOf(app, call)).flatMap((delivery) => delivery.attempts);
    assert.deepEqual(attempts, [], 'the attempt still waits for the name');
  }
});

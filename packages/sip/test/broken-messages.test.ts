import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { afterFile } from '../../../test/harness/clean-up.ts';
import { until } from '../../../test/harness/until.ts';
import { startAgent, type TestAgent } from './test-agent.ts';

const GOOD = [
  'OPTIONS sip:127.0.0.1 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKgood',
  ...['From: <sip:a@b>;tag=1', 'To: <sip:c@d>', 'Call-ID: e', 'CSeq: 1 OPTIONS', 'Max-Forwards: 70'],
  ...['Contact: <sip:a@127.0.0.1>', 'Content-Length: 0', '', ''],
].join('\r\n');

/** Milliseconds that one message may delay all others. */
const MAX_DELAY = 250;

const RESPONSE = GOOD.replace(/^.*/, 'SIP/2.0 200 OK');
const IN_DIALOG = GOOD.replace('<sip:c@d>', '<sip:c@d>;tag=2').replaceAll('OPTIONS', 'INVITE');

/** Each breaks a message in its own way. */
const breakers: readonly ((good: string) => string | Buffer)[] = [
  () => randomBytes(randomInt(1, 1400)),
  () => Buffer.alloc(1000),
  (good) => good.slice(0, randomInt(1, good.length)),
  (good) => good.replace('Content-Length: 0', `Content-Length: ${randomInt(-5, 2 ** 31)}`),
  (good) => good.replace('Content-Length: 0', `X: ${'y'.repeat(randomInt(1, 50_000))}`),
  (good) => good.replace('Content-Length: 0', 'X: y\r\n'.repeat(randomInt(1, 8_000)).trim()),
  (good) => good.replace('Contact: ', `Contact: ${'<sip:x@y>,'.repeat(randomInt(1, 3_000))}`),
  (good) =>
    good.replace(
      'Contact: ',
      `Record-Route: ${'<sip:x@y;lr>,'.repeat(randomInt(1, 2_000))}<sip:z>\r\nContact: `,
    ),
  (good) => good.replace(/^(Via|From|To|Call-ID|CSeq|Contact).*\r\n/m, ''),
  (good) => good.replace(/From: .*/, `From: ${'('.repeat(randomInt(1, 2_000))}`),
  (good) => good.replace(/CSeq: \d+/, `CSeq: ${'9'.repeat(randomInt(8, 40))}`),
  (good) => good.replace(/sip:127\.0\.0\.1/, `sip:${'%41'.repeat(randomInt(1, 500))}`),
  (good) => good.replaceAll('\r\n', '\n'),
  (good) => good.replace('rport', `rport=${randomInt(1e9)};received=not-an-address;maddr=*`),
  (good) => Buffer.from([...good].map((char) => (randomInt(20) === 0 ? randomInt(256) : char.charCodeAt(0)))),
];

function* broken(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) {
    const good = [GOOD, RESPONSE, IN_DIALOG][index % 3] ?? GOOD;
    yield Buffer.from(breakers[index % breakers.length]?.(good) ?? good);
  }
}

function portOf(agent: TestAgent): number {
  return Number(/:(\d+)/.exec(agent.contact.slice('sip:'.length))?.[1]);
}

test('after a thousand broken datagrams nothing is left, and the next good one is answered', async () => {
  const agent = await startAgent({ trace: false });
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  const answers: string[] = [];
  socket.on('message', (data) => answers.push(data.toString()));
  let sent = 0;
  for (const data of broken(1000)) {
    socket.send(data, portOf(agent), '127.0.0.1');
    // no more than fit into the kernel's buffer
    if (++sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until('the broken ones are counted', () => agent.recorded.failures.length > 300);
  socket.send(GOOD.replace('z9hG4bKgood', 'z9hG4bKlast'), portOf(agent), '127.0.0.1');
  await until('an answer to the good one', () =>
    answers.some((each) => /^SIP\/2\.0 200[\s\S]*z9hG4bKlast/.test(each)),
  );
  assert.deepEqual([agent.status().dialogs, agent.status().transactions], [0, 0]);
});

for (const [what, message] of [
  ['blanks in Via', GOOD.replace(';rport', `;rport${' '.repeat(60_000)}x`)],
  ['parameters of Via', GOOD.replace(';rport', ';rport'.repeat(8_000))],
  ['contacts', GOOD.replace('Contact: ', `Contact: ${'<sip:x@y>,'.repeat(5_000)}`)],
  ['folded lines', GOOD.replace('Max', `X: y${'\r\n '.repeat(20_000)}\r\nMax`)],
  ['authorization', GOOD.replace('Max', `Authorization: Digest ${' x'.repeat(30_000)}\r\nMax`)],
] as const) {
  test(`a message with too many ${what} does not delay others`, async () => {
    const agent = await startAgent();
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    afterFile(() => socket.close());
    const waits = monitorEventLoopDelay({ resolution: 1 });
    waits.enable();
    socket.send(message, portOf(agent), '127.0.0.1');
    await until('counted', () => agent.recorded.failures.length === 1);
    waits.disable();
    assert.ok(waits.max / 1e6 < MAX_DELAY, `${waits.max / 1e6} ms`);
  });
}

test('a broken stream is closed, and the others stay open', async () => {
  const agent = await startAgent({ trace: false, listen: { protocol: 'tcp', host: '127.0.0.1', port: 0 } });
  const open = async (): Promise<Socket> => {
    const socket = connect(portOf(agent), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    afterFile(() => socket.destroy());
    return socket;
  };
  const healthy = await open();
  for (const data of broken(300)) {
    const socket = await open();
    socket.end(data);
    socket.resume();
  }
  const endless = await open();
  endless.write('X'.repeat(70_000));
  await once(endless, 'close');
  healthy.write(`\r\n\r\n${GOOD}${GOOD.replace('e\r\n', 'f\r\n')}`);
  let heard = '';
  healthy.on('data', (data) => {
    heard += data;
  });
  await until(
    'a sign of life and two answers',
    () => heard.startsWith('\r\nSIP/2.0 200') && heard.match(/SIP\/2\.0 200/g)?.length === 2,
  );
  assert.deepEqual([agent.status().dialogs, agent.status().transactions], [0, 0]);
});

import assert from 'node:assert/strict';
import { createServer as createSocketServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { createSender } from '../../../src/core/events/deliveries/sender.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { startReceiver } from './receiver.ts';

const receiver = await startReceiver();
const { port } = new URL(receiver.url);
const TIMEOUT_MS = 150;
const sender = createSender({ allowHosts: ['127.0.0.1'], timeoutMs: TIMEOUT_MS });
const strict = createSender({ allowHosts: [], timeoutMs: 2_000 });

function post(url: string, by = sender) {
  return by.send({ url, headers: { 'content-type': 'application/json' }, body: '{}' });
}

/** A peer that speaks something other than HTTP, or slowly. */
async function startPeer(speak: (socket: Socket) => void): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  afterFile(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

suite('private addresses are not connected to', () => {
  const reached = receiver.received.length;
  // The port is the receiver's, over https: a connection would be an error of TLS, not a refusal.
  for (const host of [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[fd00::1]',
    '[fe80::1]',
    '[2002:7f00:1::]',
    'localhost',
  ]) {
    test(host, async () => {
      const outcome = await post(`https://${host}:${port}/`, strict);
      assert.deepEqual([outcome.ok, outcome.status], [false, null]);
      assert.equal(outcome.problem, 'the address is not public');
    });
  }

  test('and no request arrived', () => assert.equal(receiver.received.length, reached));
});

test('http: is refused for a host that is not allowed', async () => {
  assert.equal((await post('http://example.com/', strict)).problem, 'the URL is not https:');
});

test('an allowed host with a port is reached at this port only', async () => {
  const elsewhere = createSender({ allowHosts: ['127.0.0.1:1'] });
  assert.equal((await post(receiver.url, elsewhere)).ok, false);
  const there = createSender({ allowHosts: [`127.0.0.1:${port}`] });
  assert.equal((await post(receiver.url, there)).ok, true);
});

suite('a response', () => {
  for (const status of [200, 201, 202, 204]) {
    test(`${status} is a success`, async () => {
      receiver.answer = () => status;
      const { ok, problem, ...outcome } = await post(receiver.url);
      assert.deepEqual({ ok, problem, status: outcome.status }, { ok: true, problem: null, status });
    });
  }
  for (const status of [400, 401, 404, 410, 429, 500, 503]) {
    test(`${status} is a failure`, async () => {
      receiver.answer = () => status;
      const { ok, problem } = await post(receiver.url);
      assert.deepEqual({ ok, problem }, { ok: false, problem: `answered ${status}` });
    });
  }

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} is a failure: redirects are not followed`, async () => {
      const target = await startReceiver();
      receiver.answer = (_received, response) => {
        response.writeHead(status, { location: target.url }).end();
        return undefined;
      };
      const { ok, problem } = await post(receiver.url);
      assert.equal(ok, false);
      assert.equal(problem, `answered ${status}: redirects are not followed`);
      assert.equal(target.received.length, 0);
    });
  }
});

suite('a connection without an HTTP response is a failure', () => {
  for (const upgrade of ['connection: upgrade\r\nupgrade: x\r\n', '']) {
    test(`101 Switching Protocols, ${upgrade ? 'with' : 'without'} a protocol; the connection is closed`, async () => {
      const closed = Promise.withResolvers<void>();
      const url = await startPeer((socket) => {
        socket.on('close', () => closed.resolve());
        socket.resume().write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\n`);
      });
      const { ok, status, problem } = await post(url);
      assert.equal(ok, false);
      if (upgrade) assert.deepEqual([status, problem], [101, 'answered 101']);
      await closed.promise;
    });
  }

  test('a connection that is closed before the status', async () => {
    const url = await startPeer((socket) => socket.once('data', () => socket.end()));
    assert.equal((await post(url)).problem, 'the connection was cut');
  });
});

suite('the timeout limits', () => {
  const slow: Record<string, (socket: Socket) => void> = {
    'a peer that says nothing': () => {},
    'a peer that drips its headers': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x: y\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    },
  };
  for (const [what, speak] of Object.entries(slow)) {
    test(`${what}`, async () => {
      const outcome = await post(await startPeer(speak));
      assert.equal(outcome.problem, `no answer within ${TIMEOUT_MS / 1000} s`);
      assert.ok(outcome.milliseconds < 5 * TIMEOUT_MS, `${outcome.milliseconds} ms`);
    });
  }
});

test('the body of a response is not read', async () => {
  const closed = Promise.withResolvers<void>();
  const url = await startPeer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const timer = setInterval(() => socket.write('x'.repeat(4096)), 5);
    socket.on('close', () => {
      clearInterval(timer);
      closed.resolve();
    });
  });
  assert.equal((await post(url)).ok, true);
  await closed.promise;
});

suite('the message of a failure contains no address', () => {
  test('a refused connection', async () => {
    const { problem } = await post('http://127.0.0.1:1/');
    assert.equal(problem, 'the connection was refused');
  });
  test('an unknown host name', async () => {
    const { problem } = await post('https://nobody.invalid/', strict);
    assert.match(problem ?? '', /^the name (does not resolve|could not be resolved)$/);
  });
  test('something other than HTTP', async () => {
    const url = await startPeer((socket) => socket.end('220 mail.example ESMTP\r\n'));
    assert.match((await post(url)).problem ?? '', /^the request failed \(HPE_\w+\)$/);
  });
  test('a certificate of an unknown authority', async () => {
    const outcome = await post(receiver.url.replace('http:', 'https:'));
    assert.match(outcome.problem ?? '', /^the request failed \(\w+\)$/);
  });
  test('an invalid header value', async () => {
    const outcome = await sender.send({
      url: receiver.url,
      headers: { authorization: 'Bearer a\nb' },
      body: '',
    });
    assert.equal(outcome.problem, 'the request failed (ERR_INVALID_CHAR)');
  });
});

test('a stopping server aborts an attempt', async () => {
  const stopping = new AbortController();
  const url = await startPeer(() => setTimeout(() => stopping.abort(), 20));
  const outcome = await createSender({ allowHosts: ['127.0.0.1'] }).send(
    { url, headers: {}, body: '' },
    stopping.signal,
  );
  assert.equal(outcome.problem, 'the server stopped during the attempt');
});

suite('the result says whether the receiver did not answer in time, and when to try again', () => {
  const outcomeOf = async (url: string, by = sender) => {
    const { timedOut, retryAfter } = await post(url, by);
    return { timedOut, retryAfter };
  };

  test('of a receiver that answers', async () => {
    const answering = await startReceiver((_received, response) => {
      response.writeHead(503, { 'retry-after': '7' }).end();
      return undefined;
    });
    assert.deepEqual(await outcomeOf(answering.url), { timedOut: false, retryAfter: 7 });
    answering.answer = (_received, response) => {
      response.writeHead(204, { 'retry-after': '7' }).end();
      return undefined;
    };
    assert.deepEqual(await outcomeOf(answering.url), { timedOut: false, retryAfter: null });
  });

  test('of a receiver that accepts the connection and is silent', async () => {
    const silent = await startPeer((socket) => socket.resume());
    assert.deepEqual(await outcomeOf(silent), { timedOut: true, retryAfter: null });
  });

  test('of a receiver that sends its response too slowly', async () => {
    const slow = await startPeer((socket) => socket.write('HTTP/1.1 200 OK\r\nX: '));
    assert.deepEqual(await outcomeOf(slow), { timedOut: true, retryAfter: null });
  });

  test('of a connection that fails at once', async () => {
    const cut = await startPeer((socket) => socket.destroy());
    assert.deepEqual(await outcomeOf(cut), { timedOut: false, retryAfter: null });
    assert.deepEqual(await outcomeOf('https://10.0.0.1/', strict), { timedOut: false, retryAfter: null });
  });

  test('of an attempt that the server aborts: nothing', async () => {
    const silent = await startPeer((socket) => socket.resume());
    const { timedOut } = await sender.send({ url: silent, headers: {}, body: '{}' }, AbortSignal.abort());
    assert.equal(timedOut, null);
  });
});

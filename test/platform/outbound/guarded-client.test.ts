import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import {
  createGuardedClient,
  RequestFailed,
  type ResponseHead,
} from '../../../src/platform/outbound/guarded-client.ts';
import { afterFile } from '../../harness/clean-up.ts';

/** `test/core/events/sender.test.ts` tests what is sent; this file tests what is read. */
const TIMEOUT_MS = 200;
/** Long enough on a busy machine, and shorter than idle connections are kept. */
const PAUSE_MS = 300;
const MAX_BYTES = 1_000;
const client = createGuardedClient({ allowHosts: ['127.0.0.1'], timeoutMs: TIMEOUT_MS });

/** Answers each request with this text, and then as `speak` does. */
async function startPeer(
  text: string,
  speak: (socket: Socket) => void = (socket) => socket.end(),
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('data', () => {
      socket.write(text);
      speak(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterFile(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/document`;
}

const read = (url: string, isWanted = (_head: ResponseHead) => true) =>
  client.read({ method: 'GET', url, headers: {} }, MAX_BYTES, isWanted);

async function failureOf(url: string): Promise<RequestFailed> {
  const failure: unknown = await read(url).then(
    () => undefined,
    (error) => error,
  );
  assert.ok(failure instanceof RequestFailed, String(failure));
  return failure;
}

suite('a response that is read', () => {
  test('has its status, its headers and its whole body', async () => {
    const url = await startPeer('HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: 4\r\n\r\nbody');
    const { status, headers, body } = await read(url);
    assert.deepEqual([status, headers['x-a'], body?.toString()], [404, 'b', 'body']);
  });

  test('has at most as many bytes as allowed, whatever its length says', async () => {
    const fits = await startPeer(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(MAX_BYTES)}`);
    assert.equal((await read(fits)).body?.length, MAX_BYTES);
    for (const head of ['', `Content-Length: ${MAX_BYTES + 1}\r\n`]) {
      const url = await startPeer(`HTTP/1.1 200 OK\r\n${head}\r\n${'x'.repeat(MAX_BYTES + 1)}`);
      const { message, permanent } = await failureOf(url);
      assert.deepEqual([message, permanent], [`the response has more than ${MAX_BYTES} bytes`, true]);
    }
  });

  test('has no body if its head is not wanted: a long one is not read, and the connection is closed', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await startPeer('HTTP/1.1 503 Service Unavailable\r\nX-A: b\r\n\r\n', (socket) => {
      socket.on('close', () => closed.resolve());
      socket.write('x'.repeat(1_000_000)); // and no end
    });
    const { status, headers, body } = await read(url, (head) => head.status !== 503);
    assert.deepEqual([status, headers['x-a'], body], [503, 'b', undefined]);
    await closed.promise;
  });

  test('closes the connection when it is too long', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await startPeer('HTTP/1.1 200 OK\r\n\r\n', (socket) => {
      socket.on('close', () => closed.resolve());
      socket.write('x'.repeat(MAX_BYTES + 1)); // and no end
    });
    await failureOf(url);
    await closed.promise;
  });

  test('is complete', async () => {
    const url = await startPeer('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    assert.equal((await failureOf(url)).message, 'the connection was cut');
  });

  test('arrives within the timeout, also if each part arrives soon', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await startPeer('HTTP/1.1 200 OK\r\n\r\n', (socket) => {
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => {
        clearInterval(timer);
        closed.resolve();
      });
    });
    const { message, timedOut, permanent } = await failureOf(url);
    assert.deepEqual(
      [message, timedOut, permanent],
      [`no answer within ${TIMEOUT_MS / 1000} s`, true, false],
    );
    await closed.promise;
  });

  test('is no switch to another protocol: the connection is closed', async () => {
    const closed = Promise.withResolvers<void>();
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';
    const url = await startPeer(head, (socket) => {
      socket.on('close', () => closed.resolve());
    });
    const { status, body } = await read(url);
    assert.deepEqual([status, body?.length], [101, 0]);
    await closed.promise;
  });
});

suite('a connection', () => {
  /** @param answer to a request, by its number from 1 @returns the URL, the connections so far, and the number of requests */
  async function startKeeper(answer: (socket: Socket, request: number) => void) {
    const sockets: Socket[] = [];
    let requests = 0;
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      socket.on('data', () => answer(socket, ++requests));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterFile(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/`, sockets, requests: () => requests };
  }
  const post = async (url: string) =>
    (await client.send({ method: 'POST', url, headers: {}, body: '{}' })).status;
  /** The client has noticed the end of a response: its connection is not busy any more. */
  const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

  test('is kept for the next request', async () => {
    const { url, sockets } = await startKeeper((socket) => socket.write(NO_CONTENT));
    for (let index = 0; index < 3; index++) {
      assert.equal(await post(url), 204);
      await pause();
    }
    assert.equal(sockets.length, 1);
  });

  test('that the receiver has closed is replaced, and the request does not fail', async () => {
    const { url, sockets, requests } = await startKeeper((socket, request) =>
      request === 2 ? socket.destroy() : socket.write(NO_CONTENT),
    );
    assert.equal(await post(url), 204);
    await pause();
    assert.equal(await post(url), 204); // the second request is cut, and repeated on another connection
    assert.deepEqual([sockets.length, requests()], [2, 3]);
  });

  test('that is new and closed without an answer is a failure, and not tried again', async () => {
    const { url, requests } = await startKeeper((socket) => socket.destroy());
    await assert.rejects(post(url), new RequestFailed('the connection was cut'));
    assert.equal(requests(), 1);
  });

  test('is not kept after a request that got no answer in time', async () => {
    const { url, sockets } = await startKeeper((socket, request) => {
      if (request > 1) socket.write(NO_CONTENT);
    });
    await assert.rejects(post(url), RequestFailed);
    assert.equal(await post(url), 204);
    assert.equal(sockets.length, 2);
  });
});

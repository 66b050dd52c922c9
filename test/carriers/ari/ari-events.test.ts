import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { type AriEvent, listenToAsterisk } from '../../../src/carriers/ari/ari-events.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { until } from '../../harness/until.ts';

for (const babble of ['no JSON', '42', 'null', '{}']) {
  test(`a message that is not an event (${babble}) closes the connection, and the carrier reconnects`, async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const received: AriEvent[] = [];
    let connections = 0;
    server.on('connection', (socket) => {
      connections++;
      socket.send(connections === 1 ? babble : JSON.stringify({ type: 'ChannelDestroyed' }));
    });
    const config = {
      ...{ username: 'somebody', password: 'secret', app: 'calls', callerEndpoint: '', calleeEndpoint: '' },
      ...{ callerId: '', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    };
    const events = listenToAsterisk(config, {
      ...{ application: 'calls', clock: systemClock, log: { info() {}, warn() {} } },
      received: (event) => received.push(event),
      opened() {},
    });
    after(() => {
      events.close();
      server.close();
    });
    await until('an event after the reconnection', () => received.length === 1);
    assert.deepEqual([connections, received[0]?.type], [2, 'ChannelDestroyed']);
  });
}

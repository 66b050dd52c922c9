import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { DatabaseConnectionFailed } from '../../../src/platform/database/database-errors.ts';
import { afterFile } from '../../harness/clean-up.ts';

/** A message of PostgreSQL's protocol. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const READY = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];
const GOING = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

/** Sends `ready` and closes at once, like a server that dies just after a connection. */
const server = createServer((client) => {
  client.on('error', () => {}).once('data', () => client.end(Buffer.concat([...READY, GOING])));
}).listen(0, 'localhost');
await once(server, 'listening');
afterFile(() => server.close());
const { port } = server.address() as AddressInfo;
const database = connectDatabase(`postgresql://anna@localhost:${port}/none?sslmode=disable`);
afterFile(() => database.close());

test('a connection that is lost while connecting fails its statement, not the process', async () => {
  const one = { name: 'one', text: 'SELECT 1' };
  await assert.rejects(database.query(one), DatabaseConnectionFailed);
  await assert.rejects(database.query({ ...one, locks: true }), DatabaseConnectionFailed);
  await assert.rejects(
    database.transaction((tx) => tx.query(one)),
    DatabaseConnectionFailed,
  );
});

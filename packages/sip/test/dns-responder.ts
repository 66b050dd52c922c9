import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterFile } from '../../../test/harness/clean-up.ts';

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

const SRV = 33;
const NO_SUCH_NAME = 3;

/** A name server on loopback that serves only these SRV records (RFC 2782). @returns its address and port */
export async function startDnsResponder(records: Record<string, readonly SrvRecord[]>): Promise<string> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  socket.on('message', (query, from) => {
    const { name, end } = readName(query, 12);
    const found = query.readUInt16BE(end) === SRV ? (records[name] ?? []) : [];
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8580 | (found.length > 0 ? 0 : NO_SUCH_NAME), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    socket.send(
      Buffer.concat([head, query.subarray(12, end + 4), ...found.map(answer)]),
      from.port,
      from.address,
    );
  });
  return `127.0.0.1:${socket.address().port}`;
}

function answer({ priority, weight, port, target }: SrvRecord): Buffer {
  const name = Buffer.concat([
    ...target
      .split('.')
      .filter(Boolean)
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
  const fixed = Buffer.alloc(18);
  fixed.writeUInt16BE(0xc00c, 0); // pointer to the name in the question
  fixed.writeUInt16BE(SRV, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt32BE(60, 6);
  for (const [index, value] of [6 + name.length, priority, weight, port].entries())
    fixed.writeUInt16BE(value, 10 + 2 * index);
  return Buffer.concat([fixed, name]);
}

function readName(query: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

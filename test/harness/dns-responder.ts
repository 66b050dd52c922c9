import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4, SocketAddress } from 'node:net';
import { afterFile } from './clean-up.ts';

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** A service (RFC 2782), or an IPv4 or IPv6 address. */
export type DnsRecord = SrvRecord | string;

const TYPES = { A: 1, AAAA: 28, SRV: 33 } as const;
const NO_SUCH_NAME = 3;

export interface DnsResponder {
  /** Its address and port. */
  readonly server: string;
  /** The names of all questions so far. */
  readonly asked: readonly string[];
}

/**
 * A name server on loopback that serves only these records. A name without any does not exist.
 * @param records read at each question; undefined for a name: no response
 */
export async function startDnsResponder(
  records: ReadonlyMap<string, readonly DnsRecord[] | undefined>,
): Promise<DnsResponder> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, end } = readName(query, 12);
    asked.push(name);
    if (records.has(name) && records.get(name) === undefined) return;
    const type = query.readUInt16BE(end);
    const found = (records.get(name) ?? []).filter((record) => typeOf(record) === type);
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8580 | (records.has(name) ? 0 : NO_SUCH_NAME), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    socket.send(
      Buffer.concat([head, query.subarray(12, end + 4), ...found.map(answer)]),
      from.port,
      from.address,
    );
  });
  return { server: `127.0.0.1:${socket.address().port}`, asked };
}

function typeOf(record: DnsRecord): number {
  if (typeof record !== 'string') return TYPES.SRV;
  return isIPv4(record) ? TYPES.A : TYPES.AAAA;
}

function answer(record: DnsRecord): Buffer {
  const data = dataOf(record);
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc00c, 0); // pointer to the name in the question
  fixed.writeUInt16BE(typeOf(record), 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt32BE(60, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

function dataOf(record: DnsRecord): Buffer {
  if (typeof record === 'string') return addressBytes(record);
  const { priority, weight, port, target } = record;
  const numbers = Buffer.alloc(6);
  for (const [index, value] of [priority, weight, port].entries()) numbers.writeUInt16BE(value, 2 * index);
  const labels = target.split('.').filter(Boolean);
  return Buffer.concat([
    numbers,
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const { address: canonical } = new SocketAddress({ address, family: 'ipv6' });
  const [left = '', right = ''] = withoutIpv4(canonical).split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const zeros = new Array(8 - groups(left).length - groups(right).length).fill('0');
  return Buffer.from(
    [...groups(left), ...zeros, ...groups(right)].map((group) => group.padStart(4, '0')).join(''),
    'hex',
  );
}

/** Writes the dotted end of an address such as ::ffff:127.0.0.1 as two groups. */
function withoutIpv4(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(256 * a + b).toString(16)}:${(256 * c + d).toString(16)}`;
  });
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

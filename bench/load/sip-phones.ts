import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/harness/free-port.ts';
import { answers } from '../../test/peers/scenarios.ts';
import { type Sipp, startSipp } from '../../test/peers/sipp.ts';

/** Where the phones of both sides are, the same for all steps. */
export interface PhonePorts {
  readonly callers: number;
  readonly callees: number;
}

/** What the phones saw. */
export interface SeenCalls {
  /** Calls of which both phones sent 200 to INVITE, got ACK and BYE, and sent 200 to BYE. */
  readonly good: number;
  /** When the first INVITE arrived, in milliseconds since 1970, by the number that it calls. */
  readonly invitedAt: ReadonlyMap<string, number>;
}

/** A pair of sipp, for a known number of calls: they answer at once, and wait for BYE. */
export interface Phones {
  /** Waits until both have had all calls, but not longer, and ends them. */
  finish(timeoutMs: number): Promise<SeenCalls>;
}

/** Bytes. Messages that arrive while sipp is not scheduled must not be lost: it ends a call whose ACK is missing. */
const BUFFER = '1000000';
/** How long sipp waits for the end of a held call. */
const PATIENCE_MS = 600_000;

export async function choosePorts(): Promise<PhonePorts> {
  return { callers: await freePort(), callees: await freePort() };
}

export async function startPhones({ callers, callees }: PhonePorts, calls: number): Promise<Phones> {
  const args = ['-l', String(calls), '-buff_size', BUFFER, '-recv_timeout', String(PATIENCE_MS)];
  const start = (port: number) => startSipp(answers(0), { port, calls, trace: 'lines', args });
  const phones = await Promise.all([start(callers), start(callees)]);
  return {
    async finish(timeoutMs) {
      await Promise.race([Promise.all(phones.map(({ ended }) => ended)), sleep(timeoutMs)]);
      await Promise.all(phones.map((phone) => phone.stop()));
      const [caller = [], callee = []] = phones.map(readMessages);
      return { good: Math.min(countGood(caller), countGood(callee)), invitedAt: findInvites(caller) };
    },
  };
}

interface Message {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly received: boolean;
  readonly callId: string;
  readonly method: string;
  readonly firstLine: string;
}

/** A line has the date, the time, both as seconds since 1970, `S` or `R`, Call-ID, CSeq and the first line of the message. */
const LINE = /^\S+\t\S+\t([\d.]+)\t([SR])\t(\S+)\tCSeq:\s*\d+ (\w+)\t(.+)$/gm;

function readMessages(phone: Sipp): Message[] {
  return [...phone.messages().matchAll(LINE)].map(
    ([, seconds, direction, callId = '', method = '', firstLine = '']) => ({
      ...{ at: Number(seconds) * 1000, received: direction === 'R', callId, method, firstLine },
    }),
  );
}

function countGood(messages: readonly Message[]): number {
  const callsWith = (test: (message: Message) => boolean) =>
    new Set(messages.filter(test).map(({ callId }) => callId));
  const acknowledged = callsWith(({ received, firstLine }) => received && firstLine.startsWith('ACK '));
  const ended = callsWith(
    ({ received, method, firstLine }) => !received && method === 'BYE' && firstLine.startsWith('SIP/2.0 200'),
  );
  return [...acknowledged].filter((callId) => ended.has(callId)).length;
}

function findInvites(messages: readonly Message[]): Map<string, number> {
  const invites = new Map<string, number>();
  for (const { at, received, firstLine } of messages) {
    const number = /^INVITE sips?:([^@]+)@/.exec(firstLine)?.[1];
    if (received && number !== undefined && !invites.has(number)) invites.set(number, at);
  }
  return invites;
}

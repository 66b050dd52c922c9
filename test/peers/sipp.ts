import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isTaken } from '../harness/free-port.ts';
import { launch, type Peer, peerFolder } from './peer.ts';
import { type Scenario, scenarioXml } from './scenario-steps.ts';

const GIVE_UP_MS = 40_000;

export interface SippOptions {
  /** A free one by default. */
  readonly port?: number;
  readonly transport?: 'udp' | 'tcp';
  /** It ends after so many; one by default. */
  readonly calls?: number;
  /** What it writes of its messages: all of their text, or a line for each, which costs little. */
  readonly trace?: 'text' | 'lines';
  /** Further arguments of sipp, such as `-l` for how many at once. */
  readonly args?: readonly string[];
}

/** A phone or trunk that plays a script; `ended` gives 0 when each call went as the script says, else another code. */
export interface Sipp extends Peer {
  readonly port: number;
  /** Any user at its address. */
  uri(user?: string): string;
  /** All messages that it has sent and received, as its option `trace` says. */
  messages(): string;
}

/** Starts sipp with a script, and ends it after the file's last test. */
export async function startSipp(scenario: Scenario, options: SippOptions = {}): Promise<Sipp> {
  const { port = await freePort(), transport = 'udp', calls = 1, trace = 'text', args = [] } = options;
  const folder = peerFolder('sipp');
  const file = (name: string) => join(folder, name);
  writeFileSync(file('scenario.xml'), scenarioXml(scenario));
  const peer = await launch({
    command: 'sipp',
    args: [
      ...['-sf', file('scenario.xml'), '-i', '127.0.0.1', '-p', String(port), '-m', String(calls)],
      ...['-t', transport === 'udp' ? 'u1' : 't1', '-nostdin', '-recv_timeout', String(GIVE_UP_MS)],
      ...[
        ...(trace === 'text' ? ['-trace_msg', '-message_file'] : ['-trace_shortmsg', '-shortmessage_file']),
        file('messages.log'),
        '-trace_err',
        '-error_file',
        file('errors.log'),
      ],
      ...args,
    ],
    folder,
    isReady: () => isTaken(port, transport),
    log: () => read(file('errors.log')),
  });
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  return {
    ...peer,
    port,
    uri: (user = 'sipp') => `sip:${user}@127.0.0.1:${port}${parameter}`,
    messages: () => read(file('messages.log')),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // nothing to write so far
  }
}

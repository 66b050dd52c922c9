import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/harness/free-port.ts';
import { type Asterisk, startAsterisk } from '../../test/peers/asterisk.ts';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import type { RunningProgram } from '../environment/processes.ts';
import { numberOf } from '../environment/users.ts';
import type { PhonePorts } from '../load/sip-phones.ts';
import { CONTEXT, connectManager } from '../peers/asterisk-manager.ts';
import { fillPlaceholder, sendOnce } from '../request.ts';
import { apiOpen, endRequest } from './operations.ts';

/** What sets up calls between the phones: our server, or Asterisk itself. */
export interface Exchange extends AsyncDisposable {
  readonly program: Pick<RunningProgram, 'pid'>;
  /** Opens the call of this user. @returns how to end it */
  open(user: number): Promise<() => Promise<void>>;
}

/** Legs take two ports each. */
const RTP_PORTS = 1_600;
const RETRY_MS = 100;
const RETRIES = 50;

/** Our server with the carrier `sip`. */
export async function startSipServer(
  environment: BenchEnvironment,
  database: BenchDatabase,
  { callers, callees }: PhonePorts,
): Promise<Exchange> {
  return startServer(environment, database, {
    CARRIER: 'sip',
    SIP_LISTEN: `udp:127.0.0.1:${await freePort()}`,
    SIP_CALLER_ADDRESS: `sip:{number}@127.0.0.1:${callers}`,
    SIP_CALLEE_ADDRESS: `sip:{number}@127.0.0.1:${callees}`,
  });
}

/** Our server with the carrier `ari`. */
export async function startAriServer(
  environment: BenchEnvironment,
  database: BenchDatabase,
  ports: PhonePorts,
): Promise<Exchange> {
  const asterisk = await startBenchAsterisk(ports);
  const server = await startServer(environment, database, {
    ...asterisk.env('bench'),
    ARI_CALLER_ENDPOINT: `PJSIP/phones/sip:{number}@127.0.0.1:${ports.callers}`,
    ARI_CALLEE_ENDPOINT: `PJSIP/phones/sip:{number}@127.0.0.1:${ports.callees}`,
  });
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await asterisk.kill();
    },
  };
}

/** Asterisk, which originates calls for a program that uses its manager interface. */
export async function startManagedAsterisk(ports: PhonePorts): Promise<Exchange> {
  const asterisk = await startBenchAsterisk(ports);
  const manager = await connectManager(asterisk.managerPort);
  let opened = 0;
  return {
    program: { pid: asterisk.pid() },
    async open(user) {
      const id = `bench-${opened++}`;
      manager.originate(id, `PJSIP/phones/sip:${numberOf(user)}@127.0.0.1:${ports.callers}`, '2125550000');
      return async () => manager.hangUp(id);
    },
    async [Symbol.asyncDispose]() {
      manager[Symbol.dispose]();
      await asterisk.kill();
    },
  };
}

/** Asterisk stays in the path of the media, as our own server with ARI has it; the phones send none. */
function startBenchAsterisk({ callees }: PhonePorts): Promise<Asterisk> {
  const endpoint = ['type=endpoint', 'context=nobody', 'allow=!all,ulaw', 'aors=phones', 'direct_media=no'];
  const media = ['media_address=127.0.0.1', 'bind_rtp_to_media_address=yes'];
  return startAsterisk({
    extensions: `[${CONTEXT}]\nexten => _X.,1,Dial(PJSIP/phones/sip:+1\${EXTEN}@127.0.0.1:${callees})\n`,
    endpoints: ['[phones]', ...endpoint, ...media, '[phones]', 'type=aor', 'max_contacts=1', ''].join('\n'),
    manager: true,
    rtpPorts: RTP_PORTS,
  });
}

async function startServer(
  environment: BenchEnvironment,
  database: BenchDatabase,
  env: Readonly<Record<string, string>>,
): Promise<Exchange> {
  const server = await environment.startServer(database, env);
  let opened = 0;
  return {
    program: server,
    async open(user) {
      const serial = String(2_000_000 + opened++);
      const { text } = await sendOnce(
        server.url,
        fillPlaceholder(apiOpen.request(user), '{serial}', serial),
        201,
      );
      const { id } = JSON.parse(text) as { id: string };
      return () => end(server.url, user, id);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Repeats what a busy server refuses, as clients do. @throws Error in the end */
async function end(url: string, user: number, id: string, retries = RETRIES): Promise<void> {
  try {
    await sendOnce(url, fillPlaceholder(endRequest(user), '{value}', id), 204);
  } catch (error) {
    if (retries === 0) throw error;
    await sleep(RETRY_MS);
    await end(url, user, id, retries - 1);
  }
}

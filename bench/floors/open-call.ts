import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CALL } from '../../src/core/calls/call-row.ts';
import type { BenchDatabase } from '../environment/database.ts';
import { temporaryFile } from '../environment/folder.ts';
import { TOKEN } from '../environment/users.ts';

/** How an API opens a call. */
export interface OpenOptions {
  /** The request names the caller, and refuses a second call between the same two numbers. */
  readonly once: boolean;
}

/** The program that measures this floor: pgbench, or our own if it is missing. */
export const floorProgram: 'pgbench' | 'pg' =
  spawnSync('pgbench', ['--version']).error === undefined ? 'pgbench' : 'pg';

/** This many clients keep PostgreSQL busy; more clients only wait for each other. */
const MAX_CLIENTS = 16;

export interface OpenCallFloor {
  readonly opened: number;
  /** Calls per second. */
  readonly rate: number;
}

/** Repeats the statement that opens a call, for random users. */
export async function openCalls(
  { url }: BenchDatabase,
  options: OpenOptions,
  { users, connections, ms }: { users: number; connections: number; ms: number },
): Promise<OpenCallFloor> {
  const clients = Math.min(connections, MAX_CLIENTS);
  if (floorProgram === 'pg') return openCallsByDriver(url, options, { users, clients, ms });
  const script = `\\set person random(0, ${users - 1})
\\set serial random(200000000, 999999999)
${statement(options, ':person::text', ':serial::text')};`;
  const seconds = String(Math.max(1, Math.round(ms / 1000)));
  const args = ['--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--time', seconds];
  const { stdout } = await promisify(execFile)('pgbench', [...args, `--file=${temporaryFile(script)}`], {
    env: { ...process.env, PGDATABASE: url },
  });
  if (!stdout.includes('failed transactions: 0 ')) throw new Error(`transactions failed: ${stdout}`);
  return {
    opened: Number(/actually processed: (\d+)/.exec(stdout)?.[1]),
    rate: Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]),
  };
}

/** Splits the clients between two processes, because a single process would be the bottleneck. */
async function openCallsByDriver(
  url: string,
  options: OpenOptions,
  { users, clients, ms }: { users: number; clients: number; ms: number },
): Promise<OpenCallFloor> {
  const text = statement(options, '$1::text', '$2::text');
  const program = join(import.meta.dirname, 'open-calls-by-driver.ts');
  const shares = [Math.ceil(clients / 2), Math.floor(clients / 2)].filter((share) => share > 0);
  const env = { ...process.env, DATABASE_URL: url };
  const results = await Promise.all(
    shares.map((share) =>
      promisify(execFile)(process.execPath, [program, text, ...[users, share, ms].map(String)], { env }),
    ),
  );
  const opened = results.reduce((sum, { stdout }) => sum + Number(stdout), 0);
  return { opened, rate: opened / (ms / 1000) };
}

/** The statement of src/core/calls/open-call-store.ts, for one call of the carrier `session`. */
function statement({ once }: OpenOptions, user: string, serial: string): string {
  const call = {
    state: 'connected',
    carrier: 'session',
    costs: false,
    ring_timeout: 60,
    time_limit: 14_400,
    recording_enabled: false,
  };
  // pgbench reads a colon before a word as a variable, even in quotes.
  const columns = JSON.stringify({ ...call, once, in_query: false, scopes: ['call'] })
    .slice(1)
    .replaceAll(':', ': ');
  const caller = once ? `"caller": "+1202555' || lpad(${user}, 4, '0') || '",` : '';
  const request = `('[{"id": "' || replace(gen_random_uuid()::text, '-', '') || '", "token_hash": "\\\\x'
    || encode(sha256(('${TOKEN}' || ${user})::bytea), 'hex') || '",${caller}"callee": "+12' || ${serial}
    || '",${columns}]')::jsonb`;
  return `SELECT o.decision, o.max_ongoing_calls AS "limit", o.ongoing_calls AS "ongoingCalls", o.holding,
       o.retry_after AS "retryAfter", c.user_id AS "userId", ${CALL}
  FROM open_calls(${request}, true) o,
       LATERAL (SELECT (o.call).*) c, LATERAL (SELECT o.user_name AS name) u`;
}

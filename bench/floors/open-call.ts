import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CALL } from '../../src/core/calls/call-row.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { temporaryFile } from '../stage/folder.ts';
import { TOKEN } from '../stage/people.ts';

/** What a face asks of the database for one call. */
export interface Opening {
  /** The caller is named, and there may be one call between the same two numbers. */
  readonly once: boolean;
}

/** Which program measures this floor. */
export const means: 'pgbench' | 'pg' =
  spawnSync('pgbench', ['--version']).error === undefined ? 'pgbench' : 'pg';

/** PostgreSQL is busy with so many; more only wait for each other. */
const MOST_CLIENTS = 16;

export interface OpenCallFloor {
  readonly opened: number;
  /** A second. */
  readonly rate: number;
}

/** The statement that opens a call, for random people, over and over, by a program that does nothing else. */
export async function openCalls(
  { url }: BenchDatabase,
  opening: Opening,
  { people, connections, ms }: { people: number; connections: number; ms: number },
): Promise<OpenCallFloor> {
  const clients = Math.min(connections, MOST_CLIENTS);
  if (means === 'pg') return openCallsByDriver(url, opening, { people, clients, ms });
  const script = `\\set person random(0, ${people - 1})
\\set serial random(200000000, 999999999)
${statement(opening, ':person::text', ':serial::text')};`;
  const seconds = String(Math.max(1, Math.round(ms / 1000)));
  const { stdout } = await promisify(execFile)('pgbench', [
    ...['--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--time', seconds],
    `--file=${temporaryFile(script)}`,
    url,
  ]);
  if (!stdout.includes('failed transactions: 0 ')) throw new Error(`transactions failed: ${stdout}`);
  return {
    opened: Number(/actually processed: (\d+)/.exec(stdout)?.[1]),
    rate: Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]),
  };
}

/** Half of the clients in each of two processes: one alone would be what is measured. */
async function openCallsByDriver(
  url: string,
  opening: Opening,
  { people, clients, ms }: { people: number; clients: number; ms: number },
): Promise<OpenCallFloor> {
  const text = statement(opening, '$1::text', '$2::text');
  const program = join(import.meta.dirname, 'open-calls-by-driver.ts');
  const shares = [Math.ceil(clients / 2), Math.floor(clients / 2)].filter((share) => share > 0);
  const said = await Promise.all(
    shares.map((share) =>
      promisify(execFile)(process.execPath, [program, url, text, ...[people, share, ms].map(String)]),
    ),
  );
  const opened = said.reduce((sum, { stdout }) => sum + Number(stdout), 0);
  return { opened, rate: opened / (ms / 1000) };
}

/** As src/core/calls/open-call-store.ts has it, for one call of the carrier `session`. */
function statement({ once }: Opening, person: string, serial: string): string {
  const asked = {
    state: 'connected',
    carrier: 'session',
    costs: false,
    ring_timeout: 60,
    time_limit: 14_400,
    recording_enabled: false,
  };
  // A colon before a word would be a variable of pgbench's, in quotes too.
  const columns = JSON.stringify({ ...asked, once, in_query: false, scopes: ['call'] })
    .slice(1)
    .replaceAll(':', ': ');
  const caller = once ? `"caller": "+1202555' || lpad(${person}, 4, '0') || '",` : '';
  const request = `('[{"id": "' || replace(gen_random_uuid()::text, '-', '') || '", "token_hash": "\\\\x'
    || encode(sha256(('${TOKEN}' || ${person})::bytea), 'hex') || '",${caller}"callee": "+12' || ${serial}
    || '",${columns}]')::jsonb`;
  return `SELECT o.decision, o.max_ongoing_calls AS "limit", o.ongoing_calls AS "ongoingCalls", o.holding,
       o.retry_after AS "retryAfter", c.user_id AS "userId", ${CALL}
  FROM open_calls(${request}, true) o,
       LATERAL (SELECT (o.call).*) c, LATERAL (SELECT o.user_name AS name) u`;
}

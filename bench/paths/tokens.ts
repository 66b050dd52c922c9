import assert from 'node:assert/strict';
import { connectDatabase } from '../../src/platform/database/database.ts';
import { createLog } from '../../src/platform/http/log.ts';
import { startAuthorizationServer } from '../../src/web/oauth/provider/authorization-server.ts';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { startMinimalProgram } from '../environment/minimal-program.ts';
import { peakMegabytesOf } from '../environment/processes.ts';
import type { Server } from '../environment/server.ts';
import { CLIENT, PUBLIC_CLIENT, userIdOf } from '../environment/users.ts';
import { type IssuedTokens, issueTokens } from '../floors/issue-tokens.ts';
import { type LoadTest, runLoad } from '../load.ts';
import { measureInTurns, spreadOf } from '../measure.ts';
import { atLeast, atMost, type Bound, formatNumber, type Row } from '../report.ts';
import { type BenchRequest, FORM, fillPlaceholder, sendOnce } from '../request.ts';
import { forEachUser } from './operations.ts';
import { withProcessorTime } from './processor-time.ts';
import { rateRow } from './rate-row.ts';

/** Users with tokens; more than the load test has connections. */
const TOKEN_USERS = 100;

/** @param clientId of the client that gets the tokens */
type Issue = (clientId: string) => Promise<IssuedTokens>;

interface TokenPath {
  readonly path: string;
  readonly target: Bound;
  readonly client: { readonly id: string };
  readonly check: (tokens: IssuedTokens) => BenchRequest;
  /** The response must match this. */
  readonly expected: RegExp;
  readonly load: (tokens: IssuedTokens) => Pick<LoadTest, 'requests' | 'values'>;
}

const post = (path: string, body: Record<string, string>, headers = {}): BenchRequest => ({
  method: 'POST',
  path,
  headers: { ...FORM, ...headers },
  body: Object.entries(body)
    .map(([name, value]) => `${name}=${value}`)
    .join('&'),
});

const withSecret = { authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` };
export const clientCredentials = post(
  '/oauth/token',
  { grant_type: 'client_credentials', scope: 'call' },
  withSecret,
);
const refreshRequest = post('/oauth/token', {
  grant_type: 'refresh_token',
  client_id: PUBLIC_CLIENT.id,
  refresh_token: '{value}',
});
const introspectRequest = (token: string) => post('/oauth/introspect', { token }, withSecret);

const paths: readonly TokenPath[] = [
  {
    path: 'POST /oauth/token, client credentials',
    target: atLeast(0.65),
    client: CLIENT,
    check: () => clientCredentials,
    expected: /"access_token":"[\w-]{43}"/,
    load: () => ({ requests: [clientCredentials] }),
  },
  {
    path: 'POST /oauth/token, refresh token with rotation',
    target: atLeast(0.55),
    client: PUBLIC_CLIENT,
    check: ({ refresh }) => fillPlaceholder(refreshRequest, '{value}', refresh[0] ?? ''),
    expected: /"refresh_token":"[\w-]{43}"/,
    load: ({ refresh }) => ({
      requests: [refreshRequest],
      values: { first: refresh, pattern: '"refresh_token":"([^"]+)"' },
    }),
  },
  {
    path: 'POST /oauth/introspect',
    target: atLeast(1.5),
    client: CLIENT,
    check: ({ access }) => introspectRequest(access[0] ?? ''),
    expected: /"active":true/,
    load: ({ access }) => ({ requests: access.map(introspectRequest) }),
  },
];

/** Measures the authorization server: the cost of storing tokens in PostgreSQL. */
export async function measureTokens(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using server = await environment.startServer(database);
  await using floor = await startMinimalProgram('floors/bare-provider.ts');
  const tokenUsers = Math.min(TOKEN_USERS, environment.scale.users);
  const issueInMemory: Issue = async (clientId) =>
    (await fetch(`${floor.url}/tokens/${clientId}/${tokenUsers}`)).json() as Promise<IssuedTokens>;
  const issue: Issue = (clientId) => issueInDatabase(database, server.url, clientId, tokenUsers);

  const rows: Row[] = [];
  for (const path of paths)
    rows.push(await measurePath(environment, database, path, [floor, issueInMemory], [server, issue]));
  return [
    ...rows,
    {
      path: 'memory under this load',
      floor: '',
      target: atMost(300),
      measured: spreadOf([peakMegabytesOf(server.pid)]),
      unit: 'MB',
      figures: `the most that the server’s process took; oidc-provider alone ${formatNumber(peakMegabytesOf(floor.pid))} MB`,
    },
  ];
}

type Side = readonly [on: Server, issue: Issue];

async function measurePath(
  { scale: { rounds, roundMs, warmUpMs }, connections }: BenchEnvironment,
  database: BenchDatabase,
  { path, target, client, check, expected, load }: TokenPath,
  floor: Side,
  server: Side,
): Promise<Row> {
  const run = async ([on, issue]: Side, ms: number) => {
    const test = load(await issue(client.id));
    return withProcessorTime(on, database, () =>
      runLoad({ url: on.url, ...test, status: 200, connections, ms }),
    );
  };
  for (const side of [floor, server]) {
    const [{ url }, issue] = side;
    const { text } = await sendOnce(url, check(await issue(client.id)), 200);
    assert.match(text, expected, `${path}: ${text}`);
    if (warmUpMs > 0) await run(side, warmUpMs);
  }
  const pairs = await measureInTurns(
    rounds,
    () => run(floor, roundMs),
    () => run(server, roundMs),
  );
  return rateRow({ path, floor: 'oidc-provider alone, in memory', target }, pairs);
}

/** Issues tokens with the server's own code, so that they are stored as usual. */
async function issueInDatabase(
  { sql, url }: BenchDatabase,
  issuer: string,
  clientId: string,
  count: number,
): Promise<IssuedTokens> {
  const userIds = forEachUser(count, userIdOf);
  await sql(
    `INSERT INTO grants (user_id, client_id, scopes) SELECT unnest($1::uuid[]), $2, '{call}' ON CONFLICT DO NOTHING`,
    [userIds, clientId],
  );
  const database = connectDatabase(url);
  const server = await startAuthorizationServer(database, issuer, createLog('silent').logger);
  try {
    return await issueTokens(server.provider, clientId, userIds);
  } finally {
    server.stop();
    await database.close();
  }
}

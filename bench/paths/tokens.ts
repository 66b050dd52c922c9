import assert from 'node:assert/strict';
import { connectDatabase } from '../../src/platform/database/database.ts';
import { createLog } from '../../src/platform/http/log.ts';
import { startAuthorizationServer } from '../../src/web/oauth/provider/authorization-server.ts';
import { type IssuedTokens, issueTokens } from '../floors/issue-tokens.ts';
import { startFloor } from '../floors/start-floor.ts';
import { type Load, load } from '../load.ts';
import { inTurns } from '../measure.ts';
import { atLeast, type Row } from '../report.ts';
import { ask, FORM, filled, type Sent } from '../request.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { CLIENT, userOf } from '../stage/people.ts';
import type { Server } from '../stage/server.ts';
import type { Stage } from '../stage/stage.ts';
import { everybody } from './calls.ts';
import { withProcessorTime } from './processor-time.ts';
import { rateRow } from './rate-row.ts';

const WANTED = atLeast(0.6);
/** More than the load has connections. */
const HOLDERS = 100;

type Issue = () => Promise<IssuedTokens>;

interface TokenPath {
  readonly path: string;
  readonly check: (tokens: IssuedTokens) => Sent;
  /** What the answer must hold. */
  readonly holds: RegExp;
  readonly sent: (tokens: IssuedTokens) => Pick<Load, 'requests' | 'found'>;
}

const post = (path: string, body: Record<string, string>): Sent => ({
  method: 'POST',
  path,
  headers: { ...FORM, authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
  body: Object.entries(body)
    .map(([name, value]) => `${name}=${value}`)
    .join('&'),
});

const ofItsOwn = post('/oauth/token', { grant_type: 'client_credentials', scope: 'call' });
const refreshing = post('/oauth/token', { grant_type: 'refresh_token', refresh_token: '{found}' });
const introspecting = (token: string) => post('/oauth/introspect', { token });

const paths: readonly TokenPath[] = [
  {
    path: 'POST /oauth/token, client credentials',
    check: () => ofItsOwn,
    holds: /"access_token":"[\w-]{43}"/,
    sent: () => ({ requests: [ofItsOwn] }),
  },
  {
    path: 'POST /oauth/token, refresh token with rotation',
    check: ({ refresh }) => filled(refreshing, '{found}', refresh[0] ?? ''),
    holds: /"refresh_token":"[\w-]{43}"/,
    sent: ({ refresh }) => ({
      requests: [refreshing],
      found: { first: refresh, pattern: '"refresh_token":"([^"]+)"' },
    }),
  },
  {
    path: 'POST /oauth/introspect',
    check: ({ access }) => introspecting(access[0] ?? ''),
    holds: /"active":true/,
    sent: ({ access }) => ({ requests: access.map(introspecting) }),
  },
];

/** The authorization server: what keeping tokens in PostgreSQL costs a library that is made for it. */
export async function measureTokens(stage: Stage): Promise<Row[]> {
  await using database = await stage.peopledDatabase();
  await using server = await stage.startServer(database);
  await using floor = await startFloor('bare-provider.ts');
  const holders = Math.min(HOLDERS, stage.scale.people);
  const issueInMemory: Issue = async () =>
    (await fetch(`${floor.url}/tokens/${holders}`)).json() as Promise<IssuedTokens>;
  const issue: Issue = () => issueInDatabase(database, server.url, holders);

  const rows: Row[] = [];
  for (const path of paths)
    rows.push(await measurePath(stage, database, path, [floor, issueInMemory], [server, issue]));
  return rows;
}

type Side = readonly [on: Server, issue: Issue];

async function measurePath(
  { scale: { rounds, roundMs, warmUpMs }, connections }: Stage,
  database: BenchDatabase,
  { path, check, holds, sent }: TokenPath,
  floor: Side,
  server: Side,
): Promise<Row> {
  const run = async ([on, issue]: Side, ms: number) => {
    const requests = sent(await issue());
    return withProcessorTime(on, database, () =>
      load({ url: on.url, ...requests, status: 200, connections, ms }),
    );
  };
  for (const side of [floor, server]) {
    const [{ url }, issue] = side;
    const { text } = await ask(url, check(await issue()), 200);
    assert.match(text, holds, `${path}: ${text}`);
    if (warmUpMs > 0) await run(side, warmUpMs);
  }
  const pairs = await inTurns(
    rounds,
    () => run(floor, roundMs),
    () => run(server, roundMs),
  );
  return rateRow({ path, floor: 'oidc-provider alone, in memory', wanted: WANTED }, pairs);
}

/** By the server's own code, so that they are kept as it keeps them. */
async function issueInDatabase(
  { sql, url }: BenchDatabase,
  issuer: string,
  count: number,
): Promise<IssuedTokens> {
  const userIds = everybody(count, userOf);
  await sql(
    `INSERT INTO grants (user_id, client_id, scopes) SELECT unnest($1::uuid[]), $2, '{call}' ON CONFLICT DO NOTHING`,
    [userIds, CLIENT.id],
  );
  const database = connectDatabase(url);
  const server = await startAuthorizationServer(database, issuer, createLog('silent').logger);
  try {
    return await issueTokens(server.provider, CLIENT.id, userIds);
  } finally {
    server.stop();
    await database.close();
  }
}

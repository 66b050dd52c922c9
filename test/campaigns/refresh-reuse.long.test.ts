import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from '../harness/app.ts';
import { addModernClient } from '../harness/people.ts';
import { seeded } from '../harness/random.ts';
import {
  addPerson,
  age,
  authorize,
  callStatus,
  configure,
  obtainTokens,
  passGracePeriod,
  redeem,
  type Tokens,
} from '../web/oauth/modern-walk.ts';
import { record, times } from './campaign.ts';
import { startServers } from './killable-servers.ts';
import { assertDead, assertNothingLeft, grantedBy, requestTokens, winners } from './token-requests.ts';
import { askAtOnce, startTwoServers } from './two-servers.ts';

const FAMILIES = times(6, 100);
const KILLS = times(1, 20);
/** Of two, neither finds the token used when it begins. */
const PARALLEL = [2, 3, 5];
const MAX_SUCCESSORS = 3;
const LIFETIME = 14 * 24 * 3600;

type Node = Pick<TestApp, 'url'>;

const app = await startApp();
const servers = await startTwoServers(app);
const anna = await addPerson(app, 'anna');
const [rotating, keeping] = [await addModernClient(app, { public: true }), await addModernClient(app)];
const configs = [await configure(app, rotating), await configure(app, keeping)] as const;

async function refresh(
  node: Node,
  { refresh: token }: Tokens,
  client = rotating,
): Promise<Tokens | undefined> {
  return grantedBy(await requestTokens(node, client, { grant_type: 'refresh_token', refresh_token: token }));
}

let grown = 0;

/** Tokens of one authorization, each of the next generation. Those of every second authorization are for one API. */
async function grow(generations: number): Promise<[Tokens, ...Tokens[]]> {
  const restriction = grown++ % 2 === 0 ? {} : { resource: `${app.url}/rest` };
  const authorized = await authorize(configs[0], anna, { scope: 'call', ...restriction });
  const family: [Tokens, ...Tokens[]] = [await redeem(configs[0], authorized)];
  for (let generation = 1; generation < generations; generation++) {
    const next = await refresh(app, family.at(-1) ?? family[0]);
    assert.ok(next);
    family.push(next);
  }
  return family;
}

const youngestOf = (family: [Tokens, ...Tokens[]]) => family.at(-1) ?? family[0];

/** Asserts that every server accepts the access tokens, and one of them each refresh token. @returns what the refreshes gave */
async function assertAlive(
  nodes: readonly Node[],
  tokens: readonly Tokens[],
  client = rotating,
): Promise<Tokens[]> {
  for (const node of nodes)
    for (const { access } of tokens) assert.equal(await callStatus(node, access), 200);
  const changed = await app.sql(
    `SELECT authorization_id FROM access_tokens GROUP BY 1 HAVING count(DISTINCT coalesce(resource, '')) > 1`,
  );
  assert.deepEqual(changed, [], 'a refresh changed the API of the tokens');
  return Promise.all(
    tokens.map(async (each, index) => {
      const next = await refresh(nodes[index % nodes.length] ?? app, each, client);
      assert.ok(next, 'a successor was refused');
      return next;
    }),
  );
}

for (const parallel of PARALLEL)
  test(`${parallel} simultaneous refreshes with one token on two servers: each gets a successor, three at most, and later use ends them all`, async () => {
    const expected = Math.min(parallel, MAX_SUCCESSORS);
    for (let round = 0; round < FAMILIES; round++) {
      const family = await grow(1 + (round % 3));
      const youngest = youngestOf(family);
      const successors = winners(await askAtOnce(servers, parallel, (server) => refresh(server, youngest)));
      assert.equal(successors.length, expected, `round ${round}`);
      const next = await assertAlive(servers, successors);
      await passGracePeriod(app);
      assert.equal(await refresh(servers[round % 2] ?? app, youngest), undefined);
      await assertDead(servers, rotating, [...family, ...successors, ...next]);
    }
    await assertNothingLeft(app);
    record({
      invariant: `A used refresh token is accepted again for 30 seconds (${parallel} at once)`,
      tried: `${FAMILIES} families of one to three generations: ${parallel} simultaneous refreshes with the newest token on two servers, then another 30 seconds later`,
      found: `always exactly ${expected} successors, and all of them worked; the later use was refused, and no token of any generation was valid`,
    });
  });

test('a fourth use within 30 seconds, on any server, is refused and ends nothing', async () => {
  for (let round = 0; round < FAMILIES; round++) {
    const family = await grow(1 + (round % 3));
    const youngest = youngestOf(family);
    const successors: Tokens[] = [];
    for (let use = 0; use < MAX_SUCCESSORS; use++) {
      const successor = await refresh(servers[use % 2] ?? app, youngest);
      assert.ok(successor);
      successors.push(successor);
    }
    for (const server of servers) assert.equal(await refresh(server, youngest), undefined);
    await assertAlive(servers, successors);
    await app.sql('DELETE FROM authorizations');
  }
  record({
    invariant: 'A refresh token has three successors at most',
    tried: `${FAMILIES} families: three uses of one refresh token, and two more, on two servers in turn`,
    found: 'the first three uses got a successor, the others were refused; all successors still worked',
  });
});

test('use of a refresh token of any generation, later and on another server, ends the family', async () => {
  for (let round = 0; round < FAMILIES; round++) {
    const family = await grow(4);
    const used = family[round % 3] ?? family[0];
    for (const { access } of family) assert.equal(await callStatus(servers[0] ?? app, access), 200);
    await passGracePeriod(app);
    assert.equal(await refresh(servers[round % 2] ?? app, used), undefined);
    await assertDead(servers, rotating, family);
  }
  await assertNothingLeft(app);
  record({
    invariant: 'Reuse of a refresh token ends its family (later)',
    tried: `${FAMILIES} families of four generations, with use of one of the three used tokens 30 seconds later`,
    found: 'the reuse was refused, and no token of any generation was valid',
  });
});

test('a client with a secret keeps its refresh token, and rotates it as others do in the last third of its life', async () => {
  for (let round = 0; round < FAMILIES; round++) {
    const first = await obtainTokens(configs[1], anna);
    const kept = winners(await askAtOnce(servers, 5, (server) => refresh(server, first, keeping)));
    assert.deepEqual(
      kept.map(({ refresh: token }) => token),
      Array.from({ length: 5 }, () => first.refresh),
    );
    await age(app, 'RefreshToken', 0.7 * LIFETIME);
    const successors = winners(await askAtOnce(servers, 5, (server) => refresh(server, first, keeping)));
    assert.equal(new Set(successors.map(({ refresh: token }) => token)).size, MAX_SUCCESSORS);
    await assertAlive(servers, successors, keeping);
    await passGracePeriod(app);
    assert.equal(await refresh(servers[round % 2] ?? app, first, keeping), undefined);
    await assertDead(servers, keeping, [first, ...kept, ...successors]);
  }
  await assertNothingLeft(app);
  record({
    invariant: 'A client with a secret loses nothing by simultaneous refreshes',
    tried: `${FAMILIES} families: 5 simultaneous refreshes with one token on two servers, 5 more in the last third of its life, and one 30 seconds later`,
    found:
      'the first five kept the refresh token; of the next, three got a successor; the late use ended the family',
  });
});

test('a client whose server is killed while it refreshes repeats the request on the other, and keeps its access', async () => {
  const random = seeded(5);
  const killable = await startServers({ DATABASE_URL: app.databaseUrl, PUBLIC_URL: app.url });
  const BATCH = 10;
  let [lost, issued] = [0, 0];
  for (let kill = 0; kill < KILLS; kill++) {
    const families = await Promise.all(Array.from({ length: BATCH }, () => obtainTokens(configs[0], anna)));
    const asked = families.map((tokens) =>
      refresh({ url: killable.url(kill) }, tokens).catch((error) => {
        assert.ok(error instanceof TypeError, error); // fetch failed: no response
        return undefined;
      }),
    );
    await sleep(random() * 30);
    const killed = killable.kill(kill);
    const answered = await Promise.all(asked);
    const [consumed] = await app.sql<{ count: number }>(
      'SELECT count(*)::integer AS count FROM artifacts WHERE consumed_at IS NOT NULL AND model = $1',
      ['RefreshToken'],
    );
    issued += (consumed?.count ?? 0) - winners(answered).length;
    const held = await Promise.all(
      families.map(async (tokens, index) => {
        const answer = answered[index];
        if (answer) return answer;
        lost++;
        const repeated = await refresh({ url: killable.url(kill + 1) }, tokens);
        assert.ok(repeated, `kill ${kill}: the repeated refresh was refused`);
        return repeated;
      }),
    );
    await killed;
    await assertAlive(servers, held);
    await app.sql('DELETE FROM authorizations');
  }
  await killable.stop();
  assert.ok(lost > 0, 'no response was lost');
  record({
    invariant: 'A lost response ends no permission',
    tried: `${KILLS} × kill -9 of a server during ${BATCH} refreshes, with ${lost} responses lost, ${issued} of them after the tokens were issued, and repeated on the other server`,
    found: 'each repeated refresh got tokens, and they worked',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp, type TestApp } from '../harness/app.ts';
import { addModernClient } from '../harness/people.ts';
import { addPerson, callStatus, configure, obtainTokens, type Tokens } from '../web/oauth/modern-walk.ts';
import { record, times } from './campaign.ts';
import { assertDead, assertNothingLeft, grantedBy, requestTokens, winners } from './token-requests.ts';
import { askAtOnce, startTwoServers } from './two-servers.ts';

const FAMILIES = times(10, 300);
/** Of two, neither finds the token used when it begins. */
const PARALLEL = [5, 2];
const app = await startApp();
const servers = await startTwoServers(app);
const anna = await addPerson(app, 'anna');
const client = await addModernClient(app);
const config = await configure(app, client);

async function refresh(node: Pick<TestApp, 'url'>, { refresh: token }: Tokens): Promise<Tokens | undefined> {
  return grantedBy(await requestTokens(node, client, { grant_type: 'refresh_token', refresh_token: token }));
}

/** Tokens of one authorization, each of the next generation. */
async function grow(generations: number): Promise<[Tokens, ...Tokens[]]> {
  const family: [Tokens, ...Tokens[]] = [await obtainTokens(config, anna)];
  for (let generation = 1; generation < generations; generation++) {
    const next = await refresh(app, family.at(-1) ?? family[0]);
    assert.ok(next);
    family.push(next);
  }
  return family;
}

for (const parallel of PARALLEL)
  test(`${parallel} simultaneous refreshes with one token on two servers: at most one succeeds, and the family ends`, async () => {
    let succeeded = 0;
    for (let round = 0; round < FAMILIES; round++) {
      const family = await grow(1 + (round % 3));
      const youngest = family.at(-1) ?? family[0];
      const won = winners(await askAtOnce(servers, parallel, (server) => refresh(server, youngest)));
      assert.ok(won.length <= 1, `round ${round}: ${won.length} refreshes succeeded`);
      await assertDead(servers, client, [...family, ...won]);
      succeeded += won.length;
    }
    await assertNothingLeft(app);
    record({
      invariant: `Reuse of a refresh token ends its family (${parallel} at once)`,
      tried: `${FAMILIES} families of one to three generations, ${parallel} simultaneous refreshes with the newest token on two servers`,
      found: `never two successes; ${succeeded} had one, ${FAMILIES - succeeded} none; afterwards no token of any generation was valid`,
    });
  });

test('reuse of a refresh token of any generation, later and on another server, ends the family', async () => {
  for (let round = 0; round < FAMILIES; round++) {
    const family = await grow(4);
    const used = family[round % 3] ?? family[0];
    for (const { access } of family) assert.equal(await callStatus(servers[0] ?? app, access), 200);
    assert.equal(await refresh(servers[round % 2] ?? app, used), undefined);
    await assertDead(servers, client, family);
  }
  await assertNothingLeft(app);
  record({
    invariant: 'Reuse of a refresh token ends its family (later)',
    tried: `${FAMILIES} families of four generations, with reuse of one of the three used tokens`,
    found: 'the reuse was refused, and no token of any generation was valid',
  });
});

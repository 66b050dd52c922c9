import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, type TestApp } from '../harness/app.ts';
import { addClassicClient, addModernClient, MODERN_REDIRECT_URI } from '../harness/people.ts';
import { parametersOf, redeem as redeemClassic, signedInBrowser, withQuery } from '../web/classic/flow.ts';
import { addPerson, authorize, callStatus, configure, type Tokens } from '../web/oauth/modern-walk.ts';
import { record, times } from './campaign.ts';
import { assertDead, assertNothingLeft, grantedBy, requestTokens, winners } from './token-requests.ts';
import { askAtOnce, startTwoServers } from './two-servers.ts';

const CODES = times(10, 300);
/** Of two, neither finds the code used when it begins. */
const PARALLEL = [10, 2];
const app = await startApp();
const servers = await startTwoServers(app);
const anna = await addPerson(app, 'anna');
const modern = await addModernClient(app);
const classic = await addClassicClient(app);

/** Redeems one code, as often as it is called. */
type Redeem = (node: Pick<TestApp, 'url'>) => Promise<Tokens | undefined>;

/** How each kind of client comes to a code, and redeems it. */
const kinds: Readonly<Record<string, () => Promise<() => Promise<Redeem>>>> = {
  async modern() {
    const config = await configure(app, modern);
    return async () => {
      const { callback, verifier } = await authorize(config, anna);
      const form = {
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: MODERN_REDIRECT_URI,
        code_verifier: verifier,
      };
      return async (node) => grantedBy(await requestTokens(node, modern, form));
    };
  },

  async classic() {
    const browser = await signedInBrowser(app, classic, anna.name);
    const asked = parametersOf(classic, 'code');
    await browser.post('/auth/grant', { ...asked, grant: 'true' });
    return async () => {
      const { location } = await browser.get(withQuery('/auth/grant', asked));
      const code = new URL(location).searchParams.get('code') ?? '';
      return async (node) => {
        const answer = await redeemClassic(node, classic, code);
        if (answer.status !== 303) return grantedBy(answer);
        const fragment = new URLSearchParams(new URL(answer.location).hash.slice(1));
        return { access: fragment.get('access_token') ?? '', refresh: '', scope: undefined };
      };
    };
  },
};

for (const [kind, begin] of Object.entries(kinds)) {
  suite(`a code of a ${kind} client`, async () => {
    const nextCode = await begin();

    for (const parallel of PARALLEL)
      test(`never gives tokens to two of ${parallel} simultaneous requests on two servers, and its tokens end`, async () => {
        let withOne = 0;
        for (let round = 0; round < CODES; round++) {
          const won = winners(await askAtOnce(servers, parallel, await nextCode()));
          assert.ok(won.length <= 1, `round ${round}: ${won.length} redemptions succeeded`);
          await assertDead(servers, modern, won);
          withOne += won.length;
        }
        await assertNothingLeft(app);
        record({
          invariant: `A code is redeemed once (${kind} client, ${parallel} at once)`,
          tried: `${CODES} codes, each ${parallel} times at once on two servers: ${CODES * parallel} redemptions`,
          found: `never two successes for one code; ${withOne} codes gave tokens, ${CODES - withOne} none; afterwards no token was valid`,
        });
      });

    test('gives tokens once, and a second use ends them', async () => {
      for (let round = 0; round < CODES; round++) {
        const redeem = await nextCode();
        const [first, other] = round % 2 === 0 ? servers : servers.toReversed();
        assert.ok(first && other);
        const won = await redeem(first);
        assert.ok(won, `round ${round}: the first redemption was refused`);
        for (const server of servers) assert.equal(await callStatus(server, won.access), 200);
        assert.equal(await redeem(other), undefined, `round ${round}: it was redeemed twice`);
        await assertDead(servers, modern, [won]);
      }
      await assertNothingLeft(app);
      record({
        invariant: `A code is redeemed once (${kind} client, one after the other)`,
        tried: `${CODES} codes, redeemed on one server and then on the other`,
        found: 'the first redemption always succeeded, the second never; it ended the tokens of the first',
      });
    });
  });
}

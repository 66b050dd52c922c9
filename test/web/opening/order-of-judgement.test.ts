import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CallAlreadyOngoing,
  CallerNotOwn,
  PrivateKeyJwtNotConfigured,
  SameCallerAndCallee,
} from '../../../src/core/calls/call-errors.ts';
import { CallLimitReached } from '../../../src/core/calls/limit-errors.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../../../src/core/phone-numbers/dialling-errors.ts';
import { InvalidPhoneNumber } from '../../../src/core/phone-numbers/phone-number-errors.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { ScopeMissing, TokenInvalid, TokenMissing } from '../../../src/core/tokens/token-errors.ts';
import { InvalidInput } from '../../../src/platform/domain-error.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { addCaller, CALLER, newCallee, tokenFor } from '../callers.ts';
import { assertRefused, MODERN_APIS, post } from './apis.ts';

/**
 * A request with several faults is refused for the first of: token, scope, form, caller, policy, duplicate, limit. The bounds on
 * calls that cost money come last. Where a replay comes is in test/web/api/order-of-judgement.test.ts.
 */

const PREMIUM = '+449098790879';
const FOREIGN = '+447700900555';
const app = await startApp();
const client = await addModernClient(app);

/** For each API a user whose limit is reached by a call to `ongoing`. */
const stages = await Promise.all(
  MODERN_APIS.map(async (api) => {
    const anna = await addCaller(app, `anna-${api.errorStyle}`, { limit: 1, numbers: [CALLER, PREMIUM] });
    const token = await tokenFor(app, client, anna);
    const reading = await tokenFor(app, client, anna, 'click-to-dial:calls:read');
    const elsewhere = await tokenFor(app, client, anna);
    await app.sql('UPDATE access_tokens SET resource = $2 WHERE hash = $1', [
      hashToken(elsewhere),
      `${app.url}/rest`,
    ]);
    const ongoing = newCallee();
    await post(app, api, token, api.body({ callee: ongoing }));
    return { api, token, reading, elsewhere, ongoing };
  }),
);

for (const { api, token, reading, elsewhere, ongoing } of stages) {
  const malformed = { ...api.body(), unknown: true };
  const noNumber = api.body({ callee: '12' });
  const same = api.body({ callee: CALLER });

  suite(api.title, () => {
    test('the token comes before the scope: a request without a token does not learn the scope', async () => {
      assertRefused(api, await post(app, api, undefined), TokenMissing);
      assertRefused(api, await post(app, api, 'unknown'), TokenInvalid);
    });

    test('the token comes before the form, in the body, the path and the headers', async () => {
      for (const [presented, refusal] of [
        [undefined, TokenMissing],
        ['unknown', TokenInvalid],
      ] as const) {
        for (const body of [malformed, noNumber, same])
          assertRefused(api, await post(app, api, presented, body), refusal);
        const correlated = await post(app, api, presented, api.body(), { 'x-correlator': 'a b' });
        assertRefused(api, correlated, refusal);
        const headers = { ...(presented && bearer(presented)) };
        const tooLong = `${api.path}/${'a'.repeat(257)}`;
        assertRefused(api, await request(app, 'GET', tooLong, headers), refusal);
        const cut = await request(app, 'POST', api.path, { ...headers, ...JSON_BODY }, '{"caller"');
        assertRefused(api, cut, refusal);
        const huge = await request(app, 'POST', api.path, { ...headers, ...JSON_BODY }, ' '.repeat(100_000));
        assertRefused(api, huge, refusal);
        const xml = { ...headers, 'content-type': 'application/xml' };
        assertRefused(api, await request(app, 'POST', api.path, xml, '<call/>'), refusal);
      }
    });

    test('the token’s API comes before the form', async () => {
      for (const body of [malformed, noNumber, same])
        assertRefused(api, await post(app, api, elsewhere, body), TokenInvalid);
    });

    test('the scope comes before the form', async () => {
      const recording = { ...api.body(), recordingEnabled: true };
      for (const body of [malformed, noNumber, same, recording])
        assertRefused(api, await post(app, api, reading, body), ScopeMissing);
    });

    test('the scope comes before the caller, the policy, the duplicate and the limit', async () => {
      for (const numbers of [{ caller: FOREIGN }, { callee: PREMIUM }, { callee: ongoing }, {}])
        assertRefused(api, await post(app, api, reading, api.body(numbers)), ScopeMissing);
    });

    test('the form comes before the limit', async () => {
      assertRefused(api, await post(app, api, token, malformed), InvalidInput);
      assertRefused(api, await post(app, api, token, noNumber), InvalidPhoneNumber);
      assertRefused(api, await post(app, api, token, same), SameCallerAndCallee);
    });

    test('the caller comes before the policy, on either side', async () => {
      const callee = await post(app, api, token, api.body({ caller: FOREIGN, callee: PREMIUM }));
      assertRefused(api, callee, CallerNotOwn);
      const caller = await post(app, api, token, api.body({ caller: '+449098790870' }));
      assertRefused(api, caller, CallerNotOwn);
    });

    test('the caller comes before the duplicate and the limit', async () => {
      const answer = await post(app, api, token, api.body({ caller: FOREIGN, callee: ongoing }));
      assertRefused(api, answer, CallerNotOwn);
    });

    test('of the policy’s two refusals the caller’s comes first', async () => {
      const both = api.body({ caller: PREMIUM, callee: '+449098790870' });
      assertRefused(api, await post(app, api, token, both), CallerNotAllowed);
    });

    test('the policy comes before the duplicate and the limit', async () => {
      await app.sql('UPDATE calls SET callee = $2 WHERE callee = $1', [ongoing, PREMIUM]);
      const answer = await post(app, api, token, api.body({ callee: PREMIUM }));
      assertRefused(api, answer, CalleeNotAllowed);
      await app.sql('UPDATE calls SET callee = $1 WHERE callee = $2', [ongoing, PREMIUM]);
    });

    test('the duplicate comes before the limit', async () => {
      const answer = await post(app, api, token, api.body({ callee: ongoing }));
      assertRefused(api, answer, CallAlreadyOngoing);
    });

    test('the limit comes last', async () => {
      assertRefused(api, await post(app, api, token), CallLimitReached);
    });
  });
}

test('the token comes before a credential that CAMARA’s API refuses', async () => {
  const [, { api, token, reading, elsewhere } = assert.fail()] = stages;
  const body = {
    ...api.body(),
    sink: 'https://app.example/events',
    sinkCredential: { credentialType: 'PRIVATE_KEY_JWT' },
  };
  for (const [presented, refusal] of [
    [undefined, TokenMissing],
    ['unknown', TokenInvalid],
    [elsewhere, TokenInvalid],
    [reading, ScopeMissing],
    [token, PrivateKeyJwtNotConfigured],
  ] as const)
    assertRefused(api, await post(app, api, presented, body), refusal);
});

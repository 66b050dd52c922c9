import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { endSessionsAndTokens } from '../../../src/core/people/user-store.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import type { Database } from '../../../src/platform/database/database.ts';
import {
  createTokenIssuer,
  type NewAccessToken,
} from '../../../src/web/oauth/provider/adapters/token-issuer.ts';
import { createTokenReader } from '../../../src/web/oauth/provider/adapters/token-reader.ts';
import { connect, insertUser } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { waitingForLocks, waitsOrEnds } from '../../harness/lock-wait.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { addPerson, configure, isActive, obtainTokens, refresh } from './modern-walk.ts';

const app = await startApp();
const registered = await addModernClient(app);
const { client } = registered;
/** Seconds for which a used refresh token is accepted again. */
const GRACE = 30;
const issue = createTokenIssuer(app.database, GRACE);

const random = () => randomBytes(32).toString('base64url');
const keyOf = (token: string) => hashToken(token).toString('base64url');

interface Family {
  readonly id: string;
  readonly userId: string;
  /** Its refresh token. */
  readonly held: string;
  /** What a request that presents it asks for. */
  readonly asked: NewAccessToken;
}

/** What a person granted, as far as their first refresh token. */
async function addFamily(): Promise<Family> {
  const [userId, id, held] = [await insertUser(app, randomUUID()), random(), random()];
  await app.sql(`INSERT INTO grants (user_id, client_id, scopes) VALUES ($1, $2, '{call}')`, [
    userId,
    client.id,
  ]);
  await app.sql(
    `INSERT INTO authorizations (id, user_id, client_id, payload, expires_at) VALUES ($1, $2, $3, '{}', now() + interval '1 day')`,
    [id, userId, client.id],
  );
  await app.sql(
    `INSERT INTO artifacts (model, id, user_id, authorization_id, payload, expires_at)
     VALUES ('RefreshToken', $1, $2, $3, '{}', now() + interval '1 day')`,
    [keyOf(held), userId, id],
  );
  const payload = { accountId: userId, clientId: client.id, grantId: id, scope: 'call' };
  const rotation = { usedId: held, successor: { id: random(), payload, lifetime: 60 } };
  return { id, userId, held, asked: { model: 'AccessToken', id: random(), payload, lifetime: 60, rotation } };
}

/** What there is of a family: whether its refresh token is used up, and how many of what came of it are there. */
async function stateOf({ id, held }: Family) {
  const [state] = await app.sql(
    `SELECT (SELECT consumed_at IS NOT NULL FROM artifacts WHERE id = $2) AS "usedUp",
            (SELECT count(*)::integer FROM artifacts WHERE authorization_id = $1 AND id <> $2) AS successors,
            (SELECT count(*)::integer FROM access_tokens WHERE authorization_id = $1) AS "accessTokens"`,
    [id, keyOf(held)],
  );
  return state;
}

const ROTATED = { usedUp: true, successors: 1, accessTokens: 1 };
const UNTOUCHED = { usedUp: false, successors: 0, accessTokens: 0 };
const ENDED = { usedUp: null, successors: 0, accessTokens: 0 };

/** Asks for all of it at the same moment. @returns of each the error's code, undefined for what was issued */
async function issueAtOnce(families: readonly Family[], by = issue): Promise<(string | undefined)[]> {
  const outcomes = await Promise.allSettled(families.map(({ asked }) => by(asked)));
  return outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason.error ?? outcome.reason.name) : undefined,
  );
}

test('each of many simultaneous refreshes uses its own refresh token, and records the use of its grant', async () => {
  const families = await Promise.all(Array.from({ length: 10 }, addFamily));
  assert.deepEqual(
    await issueAtOnce(families),
    families.map(() => undefined),
  );
  for (const family of families) {
    assert.deepEqual(await stateOf(family), ROTATED);
    const [grant] = await app.sql<{ used: boolean }>(
      'SELECT last_used_at IS NOT NULL AS used FROM grants WHERE user_id = $1',
      [family.userId],
    );
    assert.equal(grant?.used, true);
  }
});

/** Another request with the same refresh token. */
function repeat({ asked, ...family }: Family): Family {
  const { payload } = asked;
  const rotation = { usedId: family.held, successor: { id: random(), payload, lifetime: 60 } };
  return { ...family, asked: { ...asked, id: random(), rotation } };
}

test('of five simultaneous uses of one refresh token three get a successor each, and the family lives on', async () => {
  const [reused, other] = [await addFamily(), await addFamily()];
  const uses = [reused, ...Array.from({ length: 4 }, () => repeat(reused))];
  const outcomes = await issueAtOnce([...uses, other]);
  assert.equal(outcomes.pop(), undefined);
  assert.deepEqual(outcomes.toSorted(), ['invalid_grant', 'invalid_grant', undefined, undefined, undefined]);
  assert.deepEqual(await stateOf(reused), { usedUp: true, successors: 3, accessTokens: 3 });
  assert.deepEqual(await stateOf(other), ROTATED);
});

test('the use of a refresh token after its grace period revokes its whole family, and no other', async () => {
  const [reused, other] = [await addFamily(), await addFamily()];
  assert.deepEqual(await issueAtOnce([reused, other]), [undefined, undefined]);
  await app.sql('UPDATE artifacts SET consumed_at = consumed_at - make_interval(secs => $2) WHERE id = $1', [
    keyOf(reused.held),
    GRACE,
  ]);
  assert.deepEqual(await issueAtOnce([repeat(reused)]), ['invalid_grant']);
  assert.deepEqual(await stateOf(reused), ENDED);
  assert.deepEqual(await stateOf(other), ROTATED);
});

test('without a grace period, the second of two simultaneous uses revokes the tokens of the first, and no others', async () => {
  const strict = createTokenIssuer(app.database, 0);
  const [reused, other] = [await addFamily(), await addFamily()];
  assert.deepEqual(await issueAtOnce([reused, repeat(reused), other], strict), [
    undefined,
    'invalid_grant',
    undefined,
  ]);
  assert.deepEqual(await stateOf(reused), ENDED);
  assert.deepEqual(await stateOf(other), ROTATED);
});

const ENDINGS: Readonly<Record<string, (family: Family) => Promise<unknown>>> = {
  'an authorization that has ended': ({ id }) => app.sql('DELETE FROM authorizations WHERE id = $1', [id]),
  'a grant that was withdrawn': ({ userId }) => app.sql('DELETE FROM grants WHERE user_id = $1', [userId]),
  'a user who was disabled': ({ userId }) =>
    app.sql('UPDATE users SET disabled_at = now() WHERE id = $1', [userId]),
};

for (const [what, end] of Object.entries(ENDINGS)) {
  test(`during ${what} no token is issued; other simultaneous requests get theirs`, async () => {
    const [ended, other] = [await addFamily(), await addFamily()];
    await end(ended);
    assert.deepEqual(await issueAtOnce([ended, other]), ['invalid_grant', undefined]);
    assert.deepEqual(await stateOf(ended), ENDED);
    assert.deepEqual(await stateOf(other), ROTATED);
  });
}

test('a disabled user gets no token under any authorization', async () => {
  const { userId, asked } = await addFamily();
  await app.sql('UPDATE users SET disabled_at = now() WHERE id = $1', [userId]);
  const { grantId: _, ...payload } = asked.payload;
  await assert.rejects(issue({ ...asked, payload, rotation: undefined }), { error: 'invalid_grant' });
});

test('a client that is being removed gets no token', async () => {
  const removed = (await addModernClient(app)).client.id;
  const asked: NewAccessToken = {
    model: 'ClientCredentials',
    id: random(),
    payload: { clientId: removed },
    lifetime: 60,
  };
  await issue(asked);
  await app.sql('UPDATE clients SET removed_at = now() WHERE id = $1', [removed]);
  await assert.rejects(issue({ ...asked, id: random() }), { error: 'invalid_client' });
});

test('a request that waits for a lock does not delay the others', async () => {
  const [locked, other, another] = [await addFamily(), await addFamily(), await addFamily()];
  const holder = await connect(app);
  await holder.query('BEGIN');
  await holder.query('SELECT FROM authorizations WHERE id = $1 FOR UPDATE', [locked.id]);
  const waits: unknown[] = [];
  const query: Database['query'] = (statement, values = []) => {
    waits.push(values[2]);
    return app.database.query(statement, values);
  };
  const observed = createTokenIssuer({ ...app.database, query }, GRACE);
  const waiting = observed(locked.asked);
  assert.deepEqual(await issueAtOnce([other, another], observed), [undefined, undefined]);
  await waitsOrEnds(app, waiting);
  assert.deepEqual(await stateOf(locked), UNTOUCHED);
  await holder.query('COMMIT');
  await waiting;
  assert.deepEqual(await stateOf(locked), ROTATED);
  assert.deepEqual(waits, [false, true], 'all together without waiting, then the one alone');
});

test('a new password and a refresh at the same moment do not wait for each other', async () => {
  const { asked, held, userId } = await addFamily();
  const holder = await connect(app);
  await holder.query('BEGIN');
  await holder.query('SELECT FROM artifacts WHERE id = $1 FOR UPDATE', [keyOf(held)]);
  const ending = app.database.transaction((tx) => endSessionsAndTokens(tx, userId));
  await waitsOrEnds(app, ending);
  const refused = assert.rejects(issue(asked), { error: 'invalid_grant' });
  await until('both waiting', async () => (await waitingForLocks(app)) === 2);
  await holder.query('COMMIT');
  await Promise.all([ending, refused]);
});

test('a failed request consumes nothing, and does not affect other simultaneous requests', async () => {
  const [spoilt, other] = [await addFamily(), await addFamily()];
  const taken = { ...spoilt, asked: { ...spoilt.asked, id: random() } };
  await issue({
    model: 'ClientCredentials',
    id: taken.asked.id,
    payload: { clientId: client.id },
    lifetime: 60,
  });
  assert.deepEqual(await issueAtOnce([taken, other]), ['StatementRejected', undefined]);
  assert.deepEqual(await stateOf(spoilt), UNTOUCHED);
  assert.deepEqual(await stateOf(other), ROTATED);
  assert.deepEqual(await issueAtOnce([spoilt]), [undefined]);
});

test('a refresh that failed because of the database can be retried with the same token', async () => {
  const anna = await addPerson(app, 'anna');
  const rotating = await addModernClient(app, { public: true });
  const config = await configure(app, rotating);
  const first = await obtainTokens(config, anna);
  const holder = await connect(app);
  await holder.query('BEGIN');
  await holder.query('SELECT FROM clients WHERE id = $1 FOR UPDATE', [rotating.client.id]);
  const refused = await fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'refresh_token', client_id: rotating.client.id },
      refresh_token: first.refresh,
    }),
  });
  assert.equal(refused.status, 503);
  await holder.query('COMMIT');
  const second = await refresh(config, first.refresh);
  assert.ok(await isActive(config, second.access));
});

test('each of several simultaneous tokens is read correctly', async () => {
  const families = [await addFamily(), await addFamily()];
  await issueAtOnce(families);
  const presented = [...families.flatMap(({ asked, held }) => [asked.id, held]), random()];
  const reader = createTokenReader(app.database, { refreshTokenGrace: 0, secondFactorRequired: false });
  const tokens = await Promise.all(
    [...presented, ...presented].flatMap((id) => [
      reader.findToken('AccessToken', id),
      reader.findToken('RefreshToken', id),
    ]),
  );
  const [one, two] = families.map(({ asked }) => asked.payload.accountId);
  const seen = tokens.map(
    (payload) => payload && [payload.jti, payload.accountId, payload.consumed !== undefined],
  );
  const [first, firstHeld, second, secondHeld] = presented;
  const expected = [
    ...[[first, one, false], undefined, undefined, [firstHeld, undefined, true]],
    ...[[second, two, false], undefined, undefined, [secondHeld, undefined, true]],
    ...[undefined, undefined],
  ];
  assert.deepEqual(seen, [...expected, ...expected]);
});

import assert from 'node:assert/strict';
import type { RegisteredClient } from '../../../src/core/clients/client-service.ts';
import { startApp, type TestApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient, PASSWORD } from '../../harness/people.ts';
import { type Administrator, addAdministrator } from '../../web/admin-api/administrator.ts';
import { CALLER, LIMITS, send } from '../../web/api/call.ts';
import { configure, obtainTokens, type Tokens } from '../../web/oauth/modern-walk.ts';
import { type ClientIndex, type Model, ongoingOf, type Person, type Token } from './model.ts';

/** The real application, with an administrator and two clients: one keeps its refresh tokens, the other's are rotated. */
export interface World {
  readonly app: TestApp;
  readonly clients: readonly [RegisteredClient, RegisteredClient];
  readonly administrator: Administrator;
  /** A new user with their own browser. */
  addPerson(limit: number): Promise<Person>;
  /** Through sign-in and consent. */
  authorize(person: Person, client: ClientIndex, scope: string): Promise<Tokens>;
  /** The status of a sign-in with the right password. */
  signIn(person: Person): Promise<number>;
}

export async function createWorld(): Promise<World> {
  const app = await startApp({ TRUST_PROXY: 'true' });
  const clients = [await addModernClient(app), await addModernClient(app, { public: true })] as const;
  const configs = [await configure(app, clients[0]), await configure(app, clients[1])] as const;
  const administrator = await addAdministrator(app);
  const browsers = new Map<string, Browser>();
  let [added, signIns] = [0, 0];
  const browserOf = ({ name }: Person) => browsers.get(name) ?? new Browser(app.url);

  return {
    ...{ app, clients, administrator },

    async addPerson(limit) {
      const name = `person-${++added}`;
      await app.sql(
        `WITH person AS (
           INSERT INTO users (name, password_hash, max_ongoing_calls)
           SELECT $1, password_hash, $2 FROM users WHERE name = 'rosa' RETURNING id
         ) INSERT INTO user_numbers (user_id, number, is_default) SELECT id, $3, true FROM person`,
        [name, limit, CALLER],
      );
      browsers.set(name, new Browser(app.url));
      return { name, limit, state: 'active', granted: new Set() };
    },

    authorize: (person, client, scope) =>
      obtainTokens(configs[client], { name: person.name, browser: browserOf(person) }, scope),

    async signIn(person) {
      const from = `198.51.${(++signIns >> 8) & 255}.${signIns & 255}`; // refused ones are counted by address
      const form = { username: person.name, password: PASSWORD };
      return (await browserOf(person).post('/sign-in', form, { 'x-forwarded-for': from })).status;
    },
  };
}

/** For each user: whether the user exists, the limit, and the ongoing calls. For each authorization: whether its newest token is valid. */
export async function assertAgrees(world: World, model: Model): Promise<void> {
  const youngest = new Map(model.tokens.map((token) => [token.family, token]));
  await Promise.all([
    ...model.people.map((person) => assertPerson(world, model, person)),
    ...[...youngest.values()].map((token) => assertToken(world, token)),
  ]);
}

async function assertPerson({ administrator }: World, model: Model, person: Person): Promise<void> {
  const answer = await administrator.get(`/admin/users/${person.name}/calls`);
  if (person.state === 'erased') return assert.equal(answer.status, 404, answer.text);
  const shown = answer.json<{ limit: number; ongoing: number; calls: { id: string }[] }>();
  const ids = shown.calls.map(({ id }) => id).toSorted();
  const expected = ongoingOf(model, person)
    .map(({ id }) => id)
    .toSorted();
  assert.deepEqual(
    { limit: shown.limit, ongoing: shown.ongoing, ids },
    { limit: person.limit, ongoing: expected.length, ids: expected },
    person.name,
  );
}

async function assertToken({ app }: World, { access, family }: Token): Promise<void> {
  const answer = await send(app, 'GET', LIMITS, access);
  assert.equal(answer.status, family.alive ? 200 : 401, answer.text);
}

import assert from 'node:assert/strict';
import type { RegisteredClient } from '../../../src/clients/client-service.ts';
import { type Administrator, addAdministrator } from '../../admin/administrator.ts';
import { CALLER } from '../../click-to-dial/call.ts';
import { startApp, type TestApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, PASSWORD } from '../../harness/people.ts';
import { configure, obtainTokens, type Tokens } from '../../oauth/modern-walk.ts';
import type { ClientIndex, Model, Person } from './model.ts';

/** The real application, with two clients and an administrator. */
export interface World {
  readonly app: TestApp;
  readonly clients: readonly [RegisteredClient, RegisteredClient];
  readonly administrator: Administrator;
  /** A person whom nobody knew before, with a browser of their own. */
  addPerson(limit: number): Promise<Person>;
  /** Through sign-in and consent. */
  authorize(person: Person, client: ClientIndex, scope: string): Promise<Tokens>;
  /** The status of a sign-in with the right password. */
  signIn(person: Person): Promise<number>;
}

export async function createWorld(): Promise<World> {
  const app = await startApp({ TRUST_PROXY: 'true' });
  const clients = [await addModernClient(app), await addModernClient(app)] as const;
  const configs = [await configure(app, clients[0]), await configure(app, clients[1])] as const;
  const administrator = await addAdministrator(app, await addClassicClient(app));
  const browsers = new Map<string, Browser>();
  let [added, signIns] = [0, 0];
  const browserOf = ({ name }: Person) => browsers.get(name) ?? new Browser(app.url);

  return {
    ...{ app, clients, administrator },

    async addPerson(limit) {
      const name = `person-${++added}`;
      const given = { name, password: PASSWORD, limit, numbers: [CALLER] };
      const answer = await administrator.send('POST', '/admin/users', given);
      assert.equal(answer.status, 201, answer.text);
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

/** Of every person: whether there is one, the limit, and which calls go on. */
export async function assertAgrees({ administrator }: World, model: Model): Promise<void> {
  for (const person of model.people) {
    const answer = await administrator.get(`/admin/users/${person.name}/calls`);
    if (person.state === 'erased') {
      assert.equal(answer.status, 404, answer.text);
      continue;
    }
    const { limit, ongoing, calls } = answer.json<{
      limit: number;
      ongoing: number;
      calls: { id: string }[];
    }>();
    const expected = model.calls.filter((call) => call.person === person && call.ongoing).map(({ id }) => id);
    assert.deepEqual(calls.map(({ id }) => id).toSorted(), expected.toSorted(), person.name);
    assert.deepEqual({ limit, ongoing }, { limit: person.limit, ongoing: expected.length }, person.name);
  }
}

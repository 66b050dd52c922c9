import assert from 'node:assert/strict';
import type { Answer } from '../../harness/browser.ts';
import { PASSWORD } from '../../harness/people.ts';
import { passGracePeriod } from '../../web/oauth/modern-walk.ts';
import { postAsClient, requestTokens } from '../token-requests.ts';
import { type Act, assertStatus, type Chosen } from './act.ts';
import { endFamilies, endPermission, type Family, type Person } from './model.ts';

/** Of one refresh token. */
const MAX_SUCCESSORS = 3;
const NARROW = 'click-to-dial:calls:create click-to-dial:calls:read click-to-dial:calls:delete';

function withdraw({ world, picks }: Chosen, { name }: Person): Promise<Answer> {
  const { client } = world.clients[picks.client];
  return world.administrator.send('DELETE', `/admin/users/${name}/grants/${client.id}`);
}

/** With the admin API; 404 after the user is erased. */
async function administrate(
  { world, person }: Chosen,
  method: string,
  what: string,
  body?: unknown,
): Promise<boolean> {
  const answer = await world.administrator.send(method, `/admin/users/${person.name}${what}`, body);
  assert.ok(answer.status === 404 || answer.status < 300, answer.text);
  assert.equal(answer.status !== 404, person.state !== 'erased', answer.text);
  return answer.status !== 404;
}

/** The actions of users, applications and administrators on grants. */
export const permissionActs: Readonly<Record<string, Act>> = {
  authorize: {
    async run({ model, world, picks, person }) {
      if (person.state !== 'active') return assert.equal(await world.signIn(person), 403);
      const { client, yes: wide } = picks;
      const { access, refresh } = await world.authorize(person, client, wide ? 'call' : NARROW);
      person.granted.add(client);
      const family: Family = { person, client, alive: true };
      model.tokens.push({ family, wide, access, refresh, uses: 0 });
    },
  },

  refresh: {
    async run({ model, world, token, picks }) {
      const { family, wide, refresh } = token;
      const client = world.clients[family.client];
      const isLate = picks.yes && token.uses > 0;
      if (isLate) await passGracePeriod(world.app);
      const form = { grant_type: 'refresh_token', refresh_token: refresh };
      const answer = await requestTokens(world.app, client, form);
      if (isLate) family.alive = false;
      const isGranted = family.alive && token.uses < MAX_SUCCESSORS;
      assertStatus(answer, isGranted ? 200 : 400);
      if (!isGranted) return;
      const isRotated = client.secret === undefined;
      if (isRotated) token.uses++;
      const issued = answer.json<{ access_token: string; refresh_token: string }>();
      const { access_token: access, refresh_token: next } = issued;
      model.tokens.push({ family, wide, access, refresh: next, uses: 0 });
    },
  },

  revoke: {
    async run({ model, world, token: { family, access, refresh }, picks }) {
      const client = world.clients[family.client];
      const form = { token: picks.yes ? access : refresh };
      assertStatus(await postAsClient(world.app, '/oauth/revoke', client, form), 200);
      endFamilies(model, (each) => each === family);
    },
  },

  withdraw: {
    async run(chosen) {
      const { model, person, picks } = chosen;
      const isGranted = person.state !== 'erased' && person.granted.delete(picks.client);
      assertStatus(await withdraw(chosen, person), isGranted ? 204 : 404);
      if (isGranted) endPermission(model, person, picks.client);
    },
  },

  'set limit': {
    async run(chosen) {
      const limit = chosen.picks.number % 6;
      if (await administrate(chosen, 'PUT', '/limit', { limit })) chosen.person.limit = limit;
    },
  },

  'set password': {
    async run(chosen) {
      if (chosen.picks.yes) return;
      if (!(await administrate(chosen, 'PUT', '/password', { password: PASSWORD }))) return;
      endFamilies(chosen.model, ({ person }) => person === chosen.person);
    },
  },

  disable: {
    async run(chosen) {
      const { model, person, picks } = chosen;
      if (!(await administrate(chosen, 'PUT', '/disabled', { disabled: picks.yes }))) return;
      person.state = picks.yes ? 'disabled' : 'active';
      if (picks.yes) endPermission(model, person);
    },
  },

  erase: {
    async run(chosen) {
      const { model, person, picks } = chosen;
      if (picks.number % 3 > 0) return; // otherwise no user would be left soon
      if (!(await administrate(chosen, 'DELETE', ''))) return;
      person.state = 'erased';
      person.granted.clear();
      endPermission(model, person);
    },
  },
};

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  CALLS,
  callTo,
  deleteCall,
  getCall,
  postCall,
  type ShownCall,
  send,
} from '../../click-to-dial/call.ts';
import type { Answer } from '../../harness/browser.ts';
import { PASSWORD } from '../../harness/people.ts';
import { postAsClient, requestTokens } from '../token-requests.ts';
import {
  type Call,
  type ClientIndex,
  endFamilies,
  endPermission,
  type Family,
  type Model,
  ongoingOf,
  type Person,
  reaches,
  room,
  type Token,
} from './model.ts';
import type { World } from './world.ts';

/** Which of each kind of thing a command is about: counted on from the first as often as it takes. */
export interface Picks {
  readonly person: number;
  readonly client: ClientIndex;
  readonly token: number;
  readonly call: number;
  readonly number: number;
  readonly yes: boolean;
}

/** What one command is about. */
interface Chosen {
  readonly model: Model;
  readonly world: World;
  readonly picks: Picks;
  readonly person: Person;
  readonly token: Token;
}

export interface Act {
  /** What there must be at least one of. */
  readonly needs?: 'calls' | 'keys';
  run(chosen: Chosen): Promise<void>;
}

const NARROW = 'click-to-dial:calls:create click-to-dial:calls:read click-to-dial:calls:delete';

export function picked<T>(list: readonly T[], index: number): T {
  const one = list[index % list.length];
  assert.ok(one !== undefined);
  return one;
}

function assertStatus(answer: Answer, status: number): void {
  assert.equal(answer.status, status, answer.text);
}

/** What an open by the token must be answered with. */
function statusOfOpen(model: Model, { family }: Token): number {
  if (!family.alive) return 401;
  return room(model, family.person) > 0 ? 201 : 429;
}

function noteCall({ calls }: Model, { family: { person, client } }: Token, answer: Answer): Call {
  const call = { id: answer.json<ShownCall>().callId, person, client, ongoing: true };
  calls.push(call);
  return call;
}

/** One request about one call: 401 or 404 where the token does not reach it, else what is right for a call that goes on or not. */
async function onCall(
  { model, token, picks }: Chosen,
  { ongoing, ended }: { readonly ongoing: number; readonly ended: number },
  ask: (call: Call) => Promise<Answer>,
): Promise<void> {
  const call = picked(model.calls, picks.call);
  const reached = call.ongoing ? ongoing : ended;
  const status = token.family.alive ? (reaches(token, call) ? reached : 404) : 401;
  assertStatus(await ask(call), status);
}

function withdraw({ world, picks }: Chosen, { name }: Person): Promise<Answer> {
  const { client } = world.clients[picks.client];
  return world.administrator.send('DELETE', `/admin/users/${name}/grants/${client.id}`);
}

/** By the admin API: 404 once the person is erased. */
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

/** Everything that people, applications and administrators do to each other. */
export const acts: Readonly<Record<string, Act>> = {
  authorize: {
    async run({ model, world, picks, person }) {
      if (person.state !== 'active') return assert.equal(await world.signIn(person), 403);
      const { client, yes: wide } = picks;
      const { access, refresh } = await world.authorize(person, client, wide ? 'call' : NARROW);
      person.granted.add(client);
      const family: Family = { person, client, alive: true };
      model.tokens.push({ family, wide, access, refresh, refreshed: false });
    },
  },

  refresh: {
    async run({ model, world, token }) {
      const { family, wide, refresh } = token;
      const form = { grant_type: 'refresh_token', refresh_token: refresh };
      const answer = await requestTokens(world.app, world.clients[family.client], form);
      if (token.refreshed) family.alive = false;
      assertStatus(answer, family.alive ? 200 : 400);
      if (!family.alive) return;
      token.refreshed = true;
      const issued = answer.json<{ access_token: string; refresh_token: string }>();
      const { access_token: access, refresh_token: next } = issued;
      model.tokens.push({ family, wide, access, refresh: next, refreshed: false });
    },
  },

  open: {
    async run({ model, world, token, picks }) {
      const status = statusOfOpen(model, token);
      const [body, key] = [callTo(), randomUUID()];
      const answer = await postCall(
        world.app,
        token.access,
        body,
        picks.yes ? { 'idempotency-key': key } : {},
      );
      assertStatus(answer, status);
      if (status !== 201) return;
      const call = noteCall(model, token, answer);
      if (picks.yes) model.keys.push({ key, body, call });
    },
  },

  'open again': {
    needs: 'keys',
    async run({ model, world, token, picks }) {
      const { key, body, call } = picked(model.keys, picks.call);
      const { person, client, alive } = token.family;
      if (call.person !== person || call.client !== client) return;
      const answer = await postCall(world.app, token.access, body, { 'idempotency-key': key });
      assertStatus(answer, alive ? 201 : 401);
      if (alive) assert.equal(answer.json<ShownCall>().callId, call.id);
    },
  },

  'open at once': {
    async run({ model, world, person, picks }) {
      const own = model.tokens.filter(({ family }) => family.person === person);
      if (own.length === 0) return;
      const asking = Array.from({ length: 2 + (picks.number % 5) }, (_, index) =>
        picked(own, picks.token + index),
      );
      const places = room(model, person);
      const answers = await Promise.all(
        asking.map(async (token) => ({ token, answer: await postCall(world.app, token.access) })),
      );
      for (const { token, answer } of answers)
        assert.equal(answer.status === 401, !token.family.alive, answer.text);
      const entitled = answers.filter(({ token }) => token.family.alive);
      const opened = entitled.filter(({ answer }) => answer.status === 201);
      assert.equal(opened.length, Math.min(places, entitled.length));
      for (const { token, answer } of entitled)
        if (answer.status === 201) noteCall(model, token, answer);
        else assertStatus(answer, 429);
    },
  },

  'hang up': {
    needs: 'calls',
    run: (chosen) =>
      onCall(chosen, { ongoing: 204, ended: 409 }, async (call) => {
        const answer = await deleteCall(chosen.world.app, chosen.token.access, call.id);
        if (answer.status === 204) call.ongoing = false;
        return answer;
      }),
  },

  renew: {
    needs: 'calls',
    run: (chosen) =>
      onCall(chosen, { ongoing: 200, ended: 409 }, ({ id }) =>
        send(chosen.world.app, 'POST', `${CALLS}/${id}/renew`, chosen.token.access),
      ),
  },

  look: {
    needs: 'calls',
    run: (chosen) =>
      onCall(chosen, { ongoing: 200, ended: 200 }, ({ id }) =>
        getCall(chosen.world.app, chosen.token.access, id),
      ),
  },

  list: {
    async run({ model, world, token }) {
      const answer = await send(world.app, 'GET', `${CALLS}?ongoing=true`, token.access);
      const { alive, person } = token.family;
      assertStatus(answer, alive ? 200 : 401);
      if (!alive) return;
      const listed = answer.json<{ calls: ShownCall[] }>().calls.map(({ callId }) => callId);
      const expected = ongoingOf(model, person).filter((call) => reaches(token, call));
      assert.deepEqual(listed.toSorted(), expected.map(({ id }) => id).toSorted());
    },
  },

  'set limit': {
    async run(chosen) {
      const limit = chosen.picks.number % 6;
      if (await administrate(chosen, 'PUT', '/limit', { limit })) chosen.person.limit = limit;
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

  'set password': {
    async run(chosen) {
      if (chosen.picks.yes) return;
      if (!(await administrate(chosen, 'PUT', '/password', { password: PASSWORD }))) return;
      endFamilies(chosen.model, ({ person }) => person === chosen.person);
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

  revoke: {
    async run({ model, world, token: { family, access, refresh }, picks }) {
      const client = world.clients[family.client];
      const form = { token: picks.yes ? access : refresh };
      assertStatus(await postAsClient(world.app, '/oauth/revoke', client, form), 200);
      endFamilies(model, (each) => each === family);
    },
  },

  erase: {
    async run(chosen) {
      const { model, person, picks } = chosen;
      if (picks.number % 3 > 0) return; // or there would soon be nobody
      if (!(await administrate(chosen, 'DELETE', ''))) return;
      person.state = 'erased';
      person.granted.clear();
      endPermission(model, person);
    },
  },
};

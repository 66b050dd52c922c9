import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Answer } from '../../harness/browser.ts';
import {
  CALLS,
  callTo,
  deleteCall,
  getCall,
  postCall,
  renewCall,
  type ShownCall,
  send,
} from '../../web/api/call.ts';
import { deleteCall as terminateCall } from '../../web/click-to-dial/call.ts';
import { callIdOf, MODERN_APIS, post } from '../../web/opening/apis.ts';
import { type Act, assertStatus, type Chosen, picked } from './act.ts';
import { type Call, type Model, ongoingOf, reaches, room, type Token } from './model.ts';

/** The expected response to opening a call with the token. */
function statusOfOpen(model: Model, { family }: Token): number {
  if (!family.alive) return 401;
  return room(model, family.person) > 0 ? 201 : 429;
}

function noteCall({ calls }: Model, { family: { person, client } }: Token, answer: Answer): Call {
  const call = { id: callIdOf(answer), person, client, ongoing: true };
  calls.push(call);
  return call;
}

/** A request about one call: 401 or 404 if the token does not reach it, otherwise the right response for an ongoing or ended call. */
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

/** The actions of applications on calls. */
export const callActs: Readonly<Record<string, Act>> = {
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
      if (alive) assert.equal(answer.json<ShownCall>().id, call.id);
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
        asking.map(async (token, index) => {
          const api = picked(MODERN_APIS, index);
          return { token, answer: await post(world.app, api, token.access) };
        }),
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
      onCall(chosen, { ongoing: 204, ended: chosen.picks.yes ? 204 : 409 }, async (call) => {
        const endCall = chosen.picks.yes ? deleteCall : terminateCall;
        const answer = await endCall(chosen.world.app, chosen.token.access, call.id);
        if (answer.status === 204) call.ongoing = false;
        return answer;
      }),
  },

  renew: {
    needs: 'calls',
    run: (chosen) =>
      onCall(chosen, { ongoing: 200, ended: 409 }, ({ id }) =>
        renewCall(chosen.world.app, chosen.token.access, id),
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
      const listed = answer.json<{ calls: ShownCall[] }>().calls.map(({ id }) => id);
      const expected = ongoingOf(model, person).filter((call) => reaches(token, call));
      assert.deepEqual(listed.toSorted(), expected.map(({ id }) => id).toSorted());
    },
  },
};

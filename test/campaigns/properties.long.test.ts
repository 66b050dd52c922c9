import { test } from 'node:test';
import fc from 'fast-check';
import { record, times } from './campaign.ts';
import { type Act, type Picks, picked } from './properties/act.ts';
import { callActs } from './properties/call-acts.ts';
import type { Family, Model, Token } from './properties/model.ts';
import { permissionActs } from './properties/permission-acts.ts';
import { assertAgrees, createWorld, type World } from './properties/world.ts';

const RUNS = times(15, 1000);
const MOST_COMMANDS = 30;
/** More often than the rest, or most tokens would soon be dead and most people gone. */
const OFTEN: Readonly<Record<string, number>> = { authorize: 3, open: 5, 'open at once': 2, 'hang up': 2 };
const world = await createWorld();
const performed = new Map<string, number>();

/** An action, and a check that the server and the model agree. */
class Command implements fc.AsyncCommand<Model, World> {
  readonly #name: string;
  readonly #act: Act;
  readonly #picks: Picks;

  constructor(name: string, act: Act, picks: Picks) {
    this.#name = name;
    this.#act = act;
    this.#picks = picks;
  }

  check(model: Readonly<Model>): boolean {
    return this.#act.needs === undefined || model[this.#act.needs].length > 0;
  }

  async run(model: Model, world: World): Promise<void> {
    const picks = this.#picks;
    const person = picked(model.people, picks.person);
    await this.#act.run({ model, world, picks, person, token: pickToken(model, picks) });
    await assertAgrees(world, model);
    performed.set(this.#name, (performed.get(this.#name) ?? 0) + 1);
  }

  toString(): string {
    return `${this.#name} ${JSON.stringify(this.#picks)}`;
  }
}

/** Three times in four one that lives, if there is one. */
function pickToken({ tokens }: Model, { token, number }: Picks): Token {
  const alive = tokens.filter(({ family }) => family.alive);
  return picked(number % 4 > 0 && alive.length > 0 ? alive : tokens, token);
}

const small = fc.nat({ max: 99 });
const picks = fc.record({
  ...{ person: small, token: small, call: small, number: small },
  client: fc.constantFrom(0 as const, 1 as const),
  yes: fc.boolean(),
});
const commands = Object.entries({ ...callActs, ...permissionActs }).flatMap(([name, act]) => {
  const command = picks.map((chosen) => new Command(name, act, chosen));
  return Array.from({ length: OFTEN[name] ?? 1 }, () => command);
});

/** Two people, of whom the first has given a client permission. */
async function begin(): Promise<{ model: Model; real: World }> {
  const people = [await world.addPerson(2), await world.addPerson(1)] as const;
  const [person] = people;
  const client = 0;
  const { access, refresh } = await world.authorize(person, client, 'call');
  person.granted.add(client);
  const family: Family = { person, client, alive: true };
  const tokens = [{ family, wide: true, access, refresh, uses: 0 }];
  return { model: { people, tokens, calls: [], keys: [] }, real: world };
}

test('the server agrees with the model, whatever users, applications and administrators do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: MOST_COMMANDS, size: 'max' }), (run) =>
      fc.asyncModelRun(begin, run),
    ),
    { numRuns: RUNS },
  );
  const [opened] = await world.app.sql('SELECT count(*)::integer AS count FROM calls');
  const total = [...performed.values()].reduce((sum, count) => sum + count, 0);
  record({
    invariant: 'The server agrees with a model of permissions, calls and limits',
    tried: `${RUNS} random sequences, ${total} commands of ${performed.size} kinds and ${opened?.['count']} calls in all`,
    found:
      'each command got the response of the model, and afterwards limits, permissions and ongoing calls agreed',
  });
});

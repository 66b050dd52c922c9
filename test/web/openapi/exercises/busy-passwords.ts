import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Exercise } from './exercise.ts';

/** More than can wait for their hash. */
const HASHES = 800;

/**
 * Sends what needs a hash while too many passwords wait for theirs: those of new users whose name is taken, each from another
 * administrator, because one has only a few places.
 */
export const whilePasswordsWait =
  (exercise: Exercise): Exercise =>
  async (stage) => {
    const addAnna = () =>
      stage.app.users
        .addUser(
          { name: 'anna', password: 'taken anyway', maxOngoingCalls: 1 },
          { kind: 'administrator', userId: randomUUID() },
        )
        .catch(() => {});
    const sent = await exercise(stage);
    await addAnna(); // loads the list of common passwords, so that the others hash at once
    for (let n = 0; n < HASHES; n++) void addAnna();
    await setImmediate();
    return sent;
  };

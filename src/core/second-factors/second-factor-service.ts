import { randomUUID } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { SealedBox } from '../../platform/secrets/sealed-box.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { endConsoleSessions, requireSecondFactor } from '../console-sessions/session-store.ts';
import { insertPasskey, listPasskeys, usePasskey } from './passkey-store.ts';
import { createPasskeys } from './passkeys.ts';
import {
  SecondFactorLimitReached,
  SecondFactorRefused,
  TooManySecondFactors,
} from './second-factor-errors.ts';
import * as store from './second-factor-store.ts';
import { createSecondFactorThrottle } from './second-factor-throttle.ts';
import { stepOfCode } from './totp.ts';
import { insertTotp, listTotpSecrets, useTotpStep } from './totp-store.ts';

export type { SecondFactor, SecondFactorKind } from './second-factor-store.ts';

const MOST = 10;
const LONGEST_NAME = 60;

export interface SecondFactorServiceDeps {
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly clock: Pick<Clock, 'now'>;
  readonly publicUrl: string;
}

/** Whose second factor it is, and the console's session in which it is added. */
export interface Owner {
  readonly userId: string;
  readonly session: Buffer;
}

export type SecondFactorService = ReturnType<typeof createSecondFactorService>;

/** What somebody shows beside the password, and how they set it up themselves. */
export function createSecondFactorService({ database, secrets, clock, publicUrl }: SecondFactorServiceDeps) {
  const throttle = createSecondFactorThrottle(database.pool);
  const passkeys = createPasskeys(publicUrl);

  /** The first one is owed by the user's other sessions too. */
  async function add(
    { userId, session }: Owner,
    kind: store.SecondFactorKind,
    actor: Actor,
    insert: (tx: Queryable, id: string) => Promise<void>,
  ): Promise<void> {
    const id = randomUUID();
    await database.transaction(async (tx) => {
      const before = await store.countSecondFactors(tx, userId);
      if (before >= MOST) throw new SecondFactorLimitReached(MOST);
      await insert(tx, id);
      if (before === 0) await requireSecondFactor(tx, userId, session);
      await recordAct(tx, actor, { action: 'secondFactorAdded', userId, subject: id, details: { kind } });
    });
  }

  /** Of answers refused for being too many only the first is recorded, or whoever keeps trying would flood the log. */
  async function count(userId: string, kind: store.SecondFactorKind, actor: Actor): Promise<void> {
    try {
      await throttle.count(userId);
    } catch (error) {
      if (error instanceof TooManySecondFactors && error.first) {
        const details = { kind, reason: 'tooManyAttempts' };
        await recordAct(database, actor, { action: 'secondFactorRefused', userId, details });
      }
      throw error;
    }
  }

  async function refuse(userId: string, kind: store.SecondFactorKind, actor: Actor): Promise<never> {
    await recordAct(database, actor, { action: 'secondFactorRefused', userId, details: { kind } });
    throw new SecondFactorRefused(
      kind === 'totp' ? 'The code is wrong, or was already used.' : 'The passkey was not accepted.',
    );
  }

  return {
    passkeys,

    /** Oldest first. */
    list: (userId: string) => store.listSecondFactors(database, userId),

    passkeysOf: (userId: string) => listPasskeys(database, userId),

    /** @throws InvalidInput for a code that the secret did not make just now, SecondFactorLimitReached */
    async addTotp(
      owner: Owner,
      { name, secret, code }: { readonly name: string; readonly secret: string; readonly code: string },
      actor: Actor,
    ): Promise<void> {
      const lastStep = stepOfCode(secret, readCode(code), clock.now());
      if (lastStep === undefined) {
        throw new InvalidInput('code', 'The code is wrong. Check that the clock of your device is right.');
      }
      await add(owner, 'totp', actor, (tx, id) =>
        insertTotp(tx, {
          ...{ id, userId: owner.userId, name: readName(name, 'Authenticator app'), lastStep },
          sealedSecret: secrets.seal(secret, ownerOf(id)),
        }),
      );
    },

    /** @throws InvalidInput for an answer to another challenge, SecondFactorLimitReached */
    async addPasskey(
      owner: Owner,
      given: { readonly name: string; readonly response: unknown; readonly challenge: string },
      actor: Actor,
    ): Promise<void> {
      const made = await passkeys.readCreated(given.response, given.challenge);
      if (!made) throw new InvalidInput('response', 'The passkey was not accepted. Try again.');
      await add(owner, 'passkey', actor, async (tx, id) => {
        const name = readName(given.name, 'Passkey');
        if (!(await insertPasskey(tx, owner.userId, name, { id, ...made }))) {
          throw new InvalidInput('response', 'This passkey is already registered.');
        }
      });
    },

    /** Each code works once. @throws SecondFactorRefused, TooManySecondFactors, InvalidInput */
    async checkCode(userId: string, given: string, actor: Actor): Promise<void> {
      const code = readCode(given);
      await count(userId, 'totp', actor);
      for (const { id, sealedSecret } of await listTotpSecrets(database, userId)) {
        const step = stepOfCode(secrets.open(sealedSecret, ownerOf(id)), code, clock.now());
        if (step !== undefined && (await useTotpStep(database, id, step))) return throttle.forgive(userId);
      }
      return refuse(userId, 'totp', actor);
    },

    /** @throws SecondFactorRefused, TooManySecondFactors */
    async checkPasskey(
      userId: string,
      given: { readonly response: unknown; readonly challenge: string },
      actor: Actor,
    ): Promise<void> {
      await count(userId, 'passkey', actor);
      const { id: presented } = (given.response ?? {}) as { id?: unknown };
      const known = await listPasskeys(database, userId);
      const passkey = known.find(({ credentialId }) => credentialId === presented);
      if (passkey) {
        const counter = await passkeys.readAnswer(given.response, given.challenge, passkey);
        if (counter !== undefined && (await usePasskey(database, passkey.id, counter)))
          return throttle.forgive(userId);
      }
      return refuse(userId, 'passkey', actor);
    },

    /** @throws InvalidInput */
    rename: (userId: string, id: string, name: string) =>
      store.renameSecondFactor(database, userId, id, readName(name)),

    /** Sign-ins that still wait for a second factor begin anew. */
    async remove(userId: string, id: string, actor: Actor): Promise<void> {
      await database.transaction(async (tx) => {
        const kind = await store.deleteSecondFactor(tx, userId, id);
        if (!kind) return;
        await endConsoleSessions(tx, userId, true);
        await recordAct(tx, actor, { action: 'secondFactorRemoved', userId, subject: id, details: { kind } });
      });
    },
  };
}

/** What the secret is sealed for. */
function ownerOf(id: string): string {
  return `second factor ${id}`;
}

/** People type codes as they are shown, with a space in the middle. */
function readCode(given: string): string {
  const code = given.replace(/\s/g, '');
  if (!/^\d{6}$/.test(code)) throw new InvalidInput('code', 'The code must have six digits.');
  return code;
}

function readName(given: string, otherwise?: string): string {
  const name = given.trim() || otherwise;
  if (name === undefined || name.length > LONGEST_NAME) {
    throw new InvalidInput('name', `The name must have 1 to ${LONGEST_NAME} characters.`);
  }
  return name;
}

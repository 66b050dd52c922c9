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

const MAX_SECOND_FACTORS = 10;
const MAX_NAME_LENGTH = 60;

export interface SecondFactorServiceDeps {
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly clock: Pick<Clock, 'now'>;
  readonly publicUrl: string;
}

/** The user of a second factor, and the console session in which it is added. */
export interface Owner {
  readonly userId: string;
  readonly session: Buffer;
}

export type SecondFactorService = ReturnType<typeof createSecondFactorService>;

/** Verifies second factors, and lets users manage their own. */
export function createSecondFactorService({ database, secrets, clock, publicUrl }: SecondFactorServiceDeps) {
  const throttle = createSecondFactorThrottle(database.pool);
  const passkeys = createPasskeys(publicUrl);

  /** The user's other sessions must verify the first second factor, too. */
  async function add(
    { userId, session }: Owner,
    kind: store.SecondFactorKind,
    actor: Actor,
    insert: (tx: Queryable, id: string) => Promise<void>,
  ): Promise<void> {
    const id = randomUUID();
    await database.transaction(async (tx) => {
      const before = await store.countSecondFactors(tx, userId);
      if (before >= MAX_SECOND_FACTORS) throw new SecondFactorLimitReached(MAX_SECOND_FACTORS);
      await insert(tx, id);
      if (before === 0) await requireSecondFactor(tx, userId, session);
      await recordAct(tx, actor, { action: 'secondFactorAdded', userId, subject: id, details: { kind } });
    });
  }

  /** Records only the first throttled attempt, so that an attacker cannot flood the log. */
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

    listPasskeys: (userId: string) => listPasskeys(database, userId),

    /** @throws InvalidInput for a wrong code, SecondFactorLimitReached */
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
          id,
          userId: owner.userId,
          name: readName(name, 'Authenticator app'),
          lastStep,
          sealedSecret: secrets.seal(secret, ownerOf(id)),
        }),
      );
    },

    /** @throws InvalidInput for a response to another challenge, SecondFactorLimitReached */
    async addPasskey(
      owner: Owner,
      given: { readonly name: string; readonly response: unknown; readonly challenge: string },
      actor: Actor,
    ): Promise<void> {
      const passkey = await passkeys.verifyRegistration(given.response, given.challenge);
      if (!passkey) throw new InvalidInput('response', 'The passkey was not accepted. Try again.');
      await add(owner, 'passkey', actor, async (tx, id) => {
        const name = readName(given.name, 'Passkey');
        if (!(await insertPasskey(tx, owner.userId, name, { id, ...passkey }))) {
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
        if (step !== undefined && (await useTotpStep(database, id, step))) return throttle.uncount(userId);
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
      const { id: presentedId } = (given.response ?? {}) as { id?: unknown };
      const registered = await listPasskeys(database, userId);
      const passkey = registered.find(({ credentialId }) => credentialId === presentedId);
      if (passkey) {
        const counter = await passkeys.verifyResponse(given.response, given.challenge, passkey);
        if (counter !== undefined && (await usePasskey(database, passkey.id, counter)))
          return throttle.uncount(userId);
      }
      return refuse(userId, 'passkey', actor);
    },

    /** @throws InvalidInput */
    rename: (userId: string, id: string, name: string) =>
      store.renameSecondFactor(database, userId, id, readName(name)),

    /** Ends sessions that have not verified a second factor yet. */
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

/** The owner to which a secret is sealed. */
function ownerOf(id: string): string {
  return `second factor ${id}`;
}

/** Ignores spaces, because apps show codes with a space in the middle. */
function readCode(given: string): string {
  const code = given.replace(/\s/g, '');
  if (!/^\d{6}$/.test(code)) throw new InvalidInput('code', 'The code must have six digits.');
  return code;
}

function readName(given: string, defaultName?: string): string {
  const name = given.trim() || defaultName;
  if (name === undefined || name.length > MAX_NAME_LENGTH) {
    throw new InvalidInput('name', `The name must have 1 to ${MAX_NAME_LENGTH} characters.`);
  }
  return name;
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { SealedBox } from '../../platform/secrets/sealed-box.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import type { BrandService } from '../brand/brand-service.ts';
import { type FoundSession, renewToken } from '../console-sessions/session-renewal.ts';
import { endConsoleSessions, requireSecondFactor } from '../console-sessions/session-store.ts';
import { endAdministration } from '../grants/grant-store.ts';
import { insertPasskey, listPasskeys, type PasskeyRow, usePasskey } from './passkey-store.ts';
import { createPasskeys, type Passkeys } from './passkeys.ts';
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
  readonly brands: Pick<BrandService, 'current'>;
}

/** The user of a second factor, and the console session in which it is added. */
export interface SecondFactorOwner {
  readonly userId: string;
  readonly session: FoundSession;
}

/** The browser's response to a challenge for a passkey. */
export interface PasskeyResponse {
  readonly response: unknown;
  readonly challenge: string;
}

/** Verifies second factors, and lets users manage their own. */
export interface SecondFactorService {
  readonly passkeys: Passkeys;
  /** Oldest first. */
  list(userId: string): Promise<store.SecondFactor[]>;
  listPasskeys(userId: string): Promise<PasskeyRow[]>;
  /**
   * Adds an authenticator app.
   * @returns the session's new token
   * @throws InvalidInput for a wrong code, SecondFactorLimitReached, ConsoleSessionChanged
   */
  addTotp(
    owner: SecondFactorOwner,
    app: { readonly name: string; readonly secret: string; readonly code: string },
    actor: Actor,
  ): Promise<string>;
  /**
   * @returns the session's new token
   * @throws InvalidInput for a response to another challenge, SecondFactorLimitReached, ConsoleSessionChanged
   */
  addPasskey(
    owner: SecondFactorOwner,
    passkey: PasskeyResponse & { readonly name: string },
    actor: Actor,
  ): Promise<string>;
  /** Each code works once. @throws SecondFactorRefused, TooManySecondFactors, InvalidInput */
  checkCode(userId: string, code: string, actor: Actor): Promise<void>;
  /** The signature of a passkey cannot be guessed, so wrong ones do not count, and wrong codes do not matter. @throws SecondFactorRefused */
  checkPasskey(userId: string, passkey: PasskeyResponse, actor: Actor): Promise<void>;
  /** @throws InvalidInput */
  rename(userId: string, id: string, name: string): Promise<void>;
  /** Ends sessions that have not verified a second factor yet. */
  remove(userId: string, id: string, actor: Actor): Promise<void>;
}

export function createSecondFactorService(deps: SecondFactorServiceDeps): SecondFactorService {
  const { database, publicUrl } = deps;
  const passkeys = createPasskeys(publicUrl, deps.brands);
  const registration = createRegistration(deps, passkeys);
  const verification = createVerification(deps, passkeys);

  return {
    passkeys,
    list: (userId) => store.listSecondFactors(database, userId),
    listPasskeys: (userId) => listPasskeys(database, userId),
    addTotp: registration.addTotp,
    addPasskey: registration.addPasskey,
    checkCode: verification.checkCode,
    checkPasskey: verification.checkPasskey,

    rename: (userId, id, name) => store.renameSecondFactor(database, userId, id, readName(name)),

    async remove(userId, id, actor) {
      await database.transaction(async (tx) => {
        const kind = await store.deleteSecondFactor(tx, userId, id);
        if (!kind) return;
        await endConsoleSessions(tx, userId, true);
        await recordAct(tx, actor, { action: 'secondFactorRemoved', userId, subject: id, details: { kind } });
      });
    },
  };
}

function createRegistration(
  { database, secrets, clock }: SecondFactorServiceDeps,
  passkeys: Passkeys,
): Pick<SecondFactorService, 'addTotp' | 'addPasskey'> {
  /**
   * The user's other sessions must verify the first second factor, too. What applications got with the password alone ends, if they
   * can administer the server with it.
   */
  async function add(
    { userId, session }: SecondFactorOwner,
    kind: store.SecondFactorKind,
    actor: Actor,
    insert: (tx: Queryable, id: string) => Promise<void>,
  ): Promise<string> {
    const id = randomUUID();
    return database.transaction(async (tx) => {
      const before = await store.countSecondFactors(tx, userId);
      if (before >= MAX_SECOND_FACTORS) throw new SecondFactorLimitReached(MAX_SECOND_FACTORS);
      const token = await renewToken(tx, session);
      await insert(tx, id);
      const isFirst = before === 0;
      if (isFirst) await requireSecondFactor(tx, userId, session.id);
      const endedClients = isFirst ? await endAdministration(tx, userId) : [];
      const details = { kind, ...(endedClients.length > 0 && { endedClients }) };
      await recordAct(tx, actor, { action: 'secondFactorAdded', userId, subject: id, details });
      return token;
    });
  }

  return {
    async addTotp(owner, { name, secret, code }, actor) {
      const lastStep = stepOfCode(secret, readCode(code), clock.now());
      if (lastStep === undefined) {
        throw new InvalidInput('code', 'The code is wrong. Check that the clock of your device is right.');
      }
      return add(owner, 'totp', actor, (tx, id) =>
        insertTotp(tx, {
          id,
          userId: owner.userId,
          name: readName(name, 'Authenticator app'),
          lastStep,
          sealedSecret: secrets.seal(secret, sealOwnerOf(id)),
        }),
      );
    },

    async addPasskey(owner, { name, response, challenge }, actor) {
      const passkey = await passkeys.verifyRegistration(response, challenge);
      if (!passkey) throw new InvalidInput('response', 'The passkey was not accepted. Try again.');
      return add(owner, 'passkey', actor, async (tx, id) => {
        const passkeyName = readName(name, 'Passkey');
        if (!(await insertPasskey(tx, owner.userId, passkeyName, { id, ...passkey }))) {
          throw new InvalidInput('response', 'This passkey is already registered.');
        }
      });
    },
  };
}

function createVerification(
  { database, secrets, clock }: SecondFactorServiceDeps,
  passkeys: Passkeys,
): Pick<SecondFactorService, 'checkCode' | 'checkPasskey'> {
  const throttle = createSecondFactorThrottle(database.pool);

  /** Records only the first throttled attempt, so that an attacker cannot flood the log. */
  async function countCode(userId: string, actor: Actor): Promise<void> {
    try {
      await throttle.count(userId);
    } catch (error) {
      if (error instanceof TooManySecondFactors && error.first) {
        const details = { kind: 'totp', reason: 'tooManyAttempts' };
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
    async checkCode(userId, text, actor) {
      const code = readCode(text);
      await countCode(userId, actor);
      for (const { id, sealedSecret } of await listTotpSecrets(database, userId)) {
        const step = stepOfCode(secrets.open(sealedSecret, sealOwnerOf(id)), code, clock.now());
        if (step !== undefined && (await useTotpStep(database, id, step))) return throttle.uncount(userId);
      }
      return refuse(userId, 'totp', actor);
    },

    async checkPasskey(userId, { response, challenge }, actor) {
      const { id: presentedId } = (response ?? {}) as { id?: unknown };
      const registered = await listPasskeys(database, userId);
      const passkey = registered.find(({ credentialId }) => credentialId === presentedId);
      if (passkey) {
        const counter = await passkeys.verifyResponse(response, challenge, passkey);
        if (counter !== undefined && (await usePasskey(database, passkey.id, counter))) return;
      }
      return refuse(userId, 'passkey', actor);
    },
  };
}

/** The owner to which a secret is sealed. */
function sealOwnerOf(id: string): string {
  return `second factor ${id}`;
}

/** Ignores spaces, because apps show codes with a space in the middle. */
function readCode(text: string): string {
  const code = text.replace(/\s/g, '');
  if (!/^\d{6}$/.test(code)) throw new InvalidInput('code', 'The code must have six digits.');
  return code;
}

function readName(text: string, defaultName?: string): string {
  const name = text.trim() || defaultName;
  if (name === undefined || name.length > MAX_NAME_LENGTH) {
    throw new InvalidInput('name', `The name must have 1 to ${MAX_NAME_LENGTH} characters.`);
  }
  return name;
}

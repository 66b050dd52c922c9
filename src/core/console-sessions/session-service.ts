import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { SealedBox } from '../../platform/secrets/sealed-box.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { lockIfCurrent, type Proof } from '../people/credentials-store.ts';
import { CredentialsRefused } from '../people/people-errors.ts';
import { CONSOLE_LIFETIMES } from './session-lifetimes.ts';
import { deleteOtherSessions, listSessions } from './session-list-store.ts';
import * as store from './session-store.ts';

export type { ListedSession } from './session-list-store.ts';

/** Seconds from giving the password or the second factor, in which second factors may be changed. */
const CONFIRMED_FOR = 10 * 60;
/** Seconds in which a passkey answers. */
const CHALLENGE_LIVES = 5 * 60;
const TOKEN_BYTES = 32;
/** Of what a browser says it is; what it says beyond is of no use to anybody. */
const LONGEST_USER_AGENT = 200;
const LONGEST_ADDRESS = 64;

/** How far a sign-in has come: until it is `complete`, it opens nothing but its next step. */
export type Standing = 'complete' | 'secondFactorOwed' | 'setUpOwed';

export interface ConsoleSession {
  /** SHA-256 of its token. */
  readonly hash: Buffer;
  readonly userId: string;
  readonly userName: string;
  readonly standing: Standing;
  readonly hasSecondFactor: boolean;
  /** Whether the password or the second factor was given just now. */
  readonly confirmed: boolean;
}

/** Where somebody signs in from. */
export interface Place {
  readonly ipAddress: string;
  readonly userAgent: string;
}

export type SessionService = ReturnType<typeof createSessionService>;

export interface SessionServiceDeps {
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly secondFactorRequired: boolean;
}

/**
 * The console's own sessions: they end 12 hours after the sign-in, after 30 idle minutes, with a new password, and as
 * soon as the user is disabled or no administrator any more.
 */
export function createSessionService({ database, secrets, secondFactorRequired }: SessionServiceDeps) {
  return {
    /**
     * @param former what the browser's cookie held until now: that session ends
     * @returns the token, for the browser alone
     * @throws CredentialsRefused when the password has been replaced meanwhile
     */
    async begin(proof: Proof, place: Place, former?: string): Promise<string> {
      const { userId } = proof;
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const ipAddress = place.ipAddress.slice(0, LONGEST_ADDRESS);
      const userAgent = place.userAgent.slice(0, LONGEST_USER_AGENT);
      await database.transaction(async (tx) => {
        // Locked: whoever replaces the password ends the sessions of before, whoever adds a first second factor makes them owe it.
        if (!(await lockIfCurrent(tx, proof))) throw new CredentialsRefused();
        if (former !== undefined) await store.deleteSession(tx, hashOf(former));
        await store.insertSession(tx, { hash: hashOf(token), userId, ipAddress, userAgent });
        const actor = { kind: 'administrator', userId, ipAddress } as const;
        await recordAct(tx, actor, { action: 'signedIn', userId, details: { to: 'console' } });
      });
      return token;
    },

    /** @param active false for what a page asks by itself, such as a live stream: an idle session stays idle */
    async enter(token: string, active: boolean): Promise<ConsoleSession | undefined> {
      const hash = hashOf(token);
      const row = await store.enterSession(database, hash, CONSOLE_LIFETIMES, active);
      if (!row) return undefined;
      const { userId, userName, secondFactorOwed, hasSecondFactor, secondsSinceConfirmed } = row;
      const setUpOwed = secondFactorRequired && !hasSecondFactor;
      const standing = secondFactorOwed ? 'secondFactorOwed' : setUpOwed ? 'setUpOwed' : 'complete';
      const confirmed = secondsSinceConfirmed < CONFIRMED_FOR;
      return { hash, userId, userName, standing, hasSecondFactor, confirmed };
    },

    /** The password was given once more. */
    confirm: ({ hash }: ConsoleSession) => store.confirmSession(database, hash, false),

    /** The second factor was shown. @param secondFactor its kind, for the audit log */
    async complete({ hash, userId }: ConsoleSession, secondFactor: string, actor: Actor): Promise<void> {
      await database.transaction(async (tx) => {
        await store.confirmSession(tx, hash, true);
        const details = { to: 'console', secondFactor };
        await recordAct(tx, actor, { action: 'signedIn', userId, details });
      });
    },

    keepChallenge: ({ hash }: ConsoleSession, challenge: string) =>
      store.keepChallenge(database, hash, challenge),

    /** Each answers one challenge, once. */
    takeChallenge: ({ hash }: ConsoleSession) => store.takeChallenge(database, hash, CHALLENGE_LIVES),

    /** The secret of a code generator that is being set up; undefined when it has been. */
    async keepNewSecret({ hash }: ConsoleSession, secret: string | undefined): Promise<void> {
      const sealed = secret === undefined ? undefined : secrets.seal(secret, ownerOf(hash));
      await store.keepNewSecret(database, hash, sealed);
    },

    async newSecret({ hash }: ConsoleSession): Promise<string | undefined> {
      const sealed = await store.findNewSecret(database, hash);
      return sealed && secrets.open(sealed, ownerOf(hash));
    },

    /** Those of the same administrator, newest first. */
    list: ({ hash, userId }: ConsoleSession) => listSessions(database, userId, hash, CONSOLE_LIFETIMES),

    async endOthers({ hash, userId }: ConsoleSession, actor: Actor): Promise<void> {
      await database.transaction(async (tx) => {
        const sessions = await deleteOtherSessions(tx, userId, hash);
        const details = { from: 'console', sessions };
        await recordAct(tx, actor, { action: 'signedOutEverywhere', userId, details });
      });
    },

    async end({ hash, userId }: ConsoleSession, ipAddress: string): Promise<void> {
      await database.transaction(async (tx) => {
        await store.deleteSession(tx, hash);
        const actor = { kind: 'administrator', userId, ipAddress } as const;
        await recordAct(tx, actor, { action: 'signedOut', userId, details: { from: 'console' } });
      });
    },
  };
}

/** What the secret is sealed for. */
function ownerOf(hash: Buffer): string {
  return `console session ${hash.toString('hex')}`;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

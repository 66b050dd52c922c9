import type { Database, Queryable } from '../../platform/database/database.ts';
import type { SealedBox } from '../../platform/secrets/sealed-box.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { lockIfCurrent, type Proof } from '../people/credentials-store.ts';
import { CredentialsRefused } from '../people/people-errors.ts';
import { CONSOLE_LIFETIMES } from './session-lifetimes.ts';
import { deleteOtherSessions, type ListedSession, listSessions } from './session-list-store.ts';
import { type FoundSession, renewToken } from './session-renewal.ts';
import * as store from './session-store.ts';
import { createSessionToken, hashSessionToken } from './session-token.ts';

export type { ListedSession } from './session-list-store.ts';

/** Seconds after the user entered the password or the second factor in which second factors may be changed. */
const CONFIRMATION_SECONDS = 10 * 60;
/** Seconds for which the challenge for a passkey is valid. */
const CHALLENGE_SECONDS = 5 * 60;
/** Characters to store. */
const MAX_USER_AGENT = 200;
const MAX_ADDRESS = 64;

/** The progress of a sign-in. Until it is `complete`, the session gives access to the next step only. */
export type Standing = 'complete' | 'secondFactorOwed' | 'setUpOwed';

export interface ConsoleSession extends FoundSession {
  readonly userId: string;
  readonly userName: string;
  readonly standing: Standing;
  readonly hasSecondFactor: boolean;
  /** Whether the user entered the password or the second factor in the last ten minutes. */
  readonly confirmed: boolean;
}

/** The browser and address of a sign-in. */
export interface Place {
  readonly ipAddress: string;
  readonly userAgent: string;
}

/**
 * Console sessions. A session ends 12 hours after the sign-in, after 30 idle minutes, when the password changes, and when the
 * user is disabled or no longer an administrator. It gets a new token when the user verifies or adds a second factor, so that
 * a token that leaked before is worthless (OWASP ASVS 5.0 section 7.2.4).
 */
export interface SessionService {
  /**
   * @param formerToken value of the browser's cookie; its session ends
   * @returns the token, for the browser only
   * @throws CredentialsRefused if the password was replaced since it was checked
   */
  begin(proof: Proof, place: Place, formerToken?: string): Promise<string>;
  /** @param active false for background requests of a page, such as a live stream, which do not keep the session alive */
  enter(token: string, active: boolean): Promise<ConsoleSession | undefined>;
  /** Finds an open session by its id, for background requests. @returns undefined without a valid one */
  findStanding(id: string): Promise<Standing | undefined>;
  /** Records that the user entered the password again. */
  confirm(session: ConsoleSession): Promise<void>;
  /**
   * Records that the user verified a second factor.
   * @param secondFactor its kind, for the audit log
   * @returns the session's new token
   * @throws ConsoleSessionChanged
   */
  complete(session: ConsoleSession, secondFactor: string, actor: Actor): Promise<string>;
  storeChallenge(session: ConsoleSession, challenge: string): Promise<void>;
  /** Returns the challenge once. */
  takeChallenge(session: ConsoleSession): Promise<string | undefined>;
  /** Stores the secret of an authenticator app during its set-up, until the session gets a new token. */
  storeNewSecret(session: ConsoleSession, secret: string): Promise<void>;
  findNewSecret(session: ConsoleSession): Promise<string | undefined>;
  /** Lists the sessions of the same administrator, newest first. */
  list(session: ConsoleSession): Promise<ListedSession[]>;
  endOthers(session: ConsoleSession, actor: Actor): Promise<void>;
  end(session: ConsoleSession, ipAddress: string): Promise<void>;
  /** Ends the session that has the token, if there is one. */
  endOfToken(token: string, ipAddress: string): Promise<void>;
}

export interface SessionServiceDeps {
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly secondFactorRequired: boolean;
}

export function createSessionService({
  database,
  secrets,
  secondFactorRequired,
}: SessionServiceDeps): SessionService {
  function standingOf({ secondFactorOwed, hasSecondFactor }: store.SessionRow): Standing {
    if (secondFactorOwed) return 'secondFactorOwed';
    return secondFactorRequired && !hasSecondFactor ? 'setUpOwed' : 'complete';
  }

  return {
    async begin(proof, place, formerToken) {
      const { userId } = proof;
      const { token, hash } = createSessionToken();
      const ipAddress = place.ipAddress.slice(0, MAX_ADDRESS);
      const userAgent = place.userAgent.slice(0, MAX_USER_AGENT);
      await database.transaction(async (tx) => {
        // The lock orders this after a change of the password, or before it, which then ends this session. The same holds for
        // the first second factor, which all existing sessions must verify.
        if (!(await lockIfCurrent(tx, proof))) throw new CredentialsRefused();
        if (formerToken !== undefined) await store.deleteSessionOfToken(tx, hashSessionToken(formerToken));
        await store.insertSession(tx, { hash, userId, ipAddress, userAgent });
        const actor = { kind: 'administrator', userId, ipAddress } as const;
        await recordAct(tx, actor, { action: 'signedIn', userId, details: { to: 'console' } });
      });
      return token;
    },

    async enter(token, active) {
      const presentedHash = hashSessionToken(token);
      const row = await store.enterSession(database, presentedHash, CONSOLE_LIFETIMES, active);
      if (!row) return undefined;
      const { secondFactorOwed, secondsSinceConfirmed, ...session } = row;
      const confirmed = secondsSinceConfirmed < CONFIRMATION_SECONDS;
      return { ...session, presentedHash, standing: standingOf(row), confirmed };
    },

    async findStanding(id) {
      const row = await store.findSession(database, id, CONSOLE_LIFETIMES);
      return row && standingOf(row);
    },

    confirm: ({ id }) => store.confirmSession(database, id, false),

    complete: (session, secondFactor, actor) =>
      database.transaction(async (tx) => {
        const token = await renewToken(tx, session);
        await store.confirmSession(tx, session.id, true);
        const details = { to: 'console', secondFactor };
        await recordAct(tx, actor, { action: 'signedIn', userId: session.userId, details });
        return token;
      }),

    storeChallenge: ({ id }, challenge) => store.storeChallenge(database, id, challenge),

    takeChallenge: ({ id }) => store.takeChallenge(database, id, CHALLENGE_SECONDS),

    async storeNewSecret({ id }, secret) {
      await store.storeNewSecret(database, id, secrets.seal(secret, ownerOf(id)));
    },

    async findNewSecret({ id }) {
      const sealed = await store.findNewSecret(database, id);
      return sealed && secrets.open(sealed, ownerOf(id));
    },

    list: ({ id, userId }) => listSessions(database, userId, id, CONSOLE_LIFETIMES),

    async endOthers({ id, userId }, actor) {
      await database.transaction(async (tx) => {
        const sessions = await deleteOtherSessions(tx, userId, id);
        const details = { from: 'console', sessions };
        await recordAct(tx, actor, { action: 'signedOutEverywhere', userId, details });
      });
    },

    async end({ id, userId }, ipAddress) {
      await database.transaction(async (tx) => {
        await store.deleteSession(tx, id);
        await recordSignOut(tx, userId, ipAddress);
      });
    },

    async endOfToken(token, ipAddress) {
      await database.transaction(async (tx) => {
        const userId = await store.deleteSessionOfToken(tx, hashSessionToken(token));
        if (userId !== undefined) await recordSignOut(tx, userId, ipAddress);
      });
    },
  };
}

async function recordSignOut(tx: Queryable, userId: string, ipAddress: string): Promise<void> {
  const actor = { kind: 'administrator', userId, ipAddress } as const;
  await recordAct(tx, actor, { action: 'signedOut', userId, details: { from: 'console' } });
}

/** The owner to which a secret is sealed. */
function ownerOf(id: string): string {
  return `console session ${id}`;
}

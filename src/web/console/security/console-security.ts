import { renderSVG } from 'uqr';
import type { Actor } from '../../../core/audit/actor.ts';
import type { ConsoleSession, SessionService } from '../../../core/console-sessions/session-service.ts';
import { SecondFactorRefused } from '../../../core/second-factors/second-factor-errors.ts';
import type { SecondFactorService } from '../../../core/second-factors/second-factor-service.ts';
import { createTotpSecret, totpUri } from '../../../core/second-factors/totp.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';

interface ConsoleSecurityDeps {
  readonly sessions: SessionService;
  readonly secondFactors: SecondFactorService;
  readonly publicUrl: string;
}

/** What is scanned or typed to set up an authenticator app. */
export interface NewTotp {
  readonly secret: string;
  readonly uri: string;
  /** SVG */
  readonly qrCode: string;
}

export type ConsoleSecurity = ReturnType<typeof createConsoleSecurity>;

/** Second factors in a session: used to complete it, or set up in it. The session keeps the challenge. */
export function createConsoleSecurity({ sessions, secondFactors, publicUrl }: ConsoleSecurityDeps) {
  const { passkeys } = secondFactors;
  const issuer = `ClickToCall ${new URL(publicUrl).hostname}`;

  async function takeChallenge(session: ConsoleSession): Promise<string> {
    const challenge = await sessions.takeChallenge(session);
    if (challenge === undefined) throw new SecondFactorRefused('The passkey was used too late. Try again.');
    return challenge;
  }

  return {
    impossiblePasskeys: passkeys.unsupported,
    list: secondFactors.list,
    listSessions: sessions.list,
    endOtherSessions: sessions.endOthers,
    rename: secondFactors.rename,
    remove: secondFactors.remove,

    /** @throws SecondFactorRefused, TooManySecondFactors, InvalidInput */
    async showCode(session: ConsoleSession, code: string, actor: Actor): Promise<void> {
      await secondFactors.checkCode(session.userId, code, actor);
      await sessions.complete(session, 'totp', actor);
    },

    async askForPasskey(session: ConsoleSession) {
      const options = await passkeys.requestOptions(await secondFactors.listPasskeys(session.userId));
      await sessions.storeChallenge(session, options.challenge);
      return options;
    },

    /** @throws SecondFactorRefused, TooManySecondFactors, InvalidInput */
    async showPasskey(session: ConsoleSession, answer: string, actor: Actor): Promise<void> {
      const given = { response: readAnswer(answer), challenge: await takeChallenge(session) };
      await secondFactors.checkPasskey(session.userId, given, actor);
      await sessions.complete(session, 'passkey', actor);
    },

    beginTotp: (session: ConsoleSession) => sessions.storeNewSecret(session, createTotpSecret()),

    /** The app that is being set up; undefined if none is. */
    async newTotp(session: ConsoleSession): Promise<NewTotp | undefined> {
      const secret = await sessions.findNewSecret(session);
      if (secret === undefined) return undefined;
      const uri = totpUri(secret, issuer, session.userName);
      return { secret, uri, qrCode: renderSVG(uri, { border: 3 }) };
    },

    /** @throws InvalidInput, SecondFactorLimitReached */
    async addTotp(session: ConsoleSession, name: string, code: string, actor: Actor): Promise<void> {
      const secret = await sessions.findNewSecret(session);
      if (secret === undefined)
        throw new InvalidInput(
          'code',
          'This authenticator app was already set up, or its set-up was started in another window.',
        );
      const owner = { userId: session.userId, session: session.hash };
      await secondFactors.addTotp(owner, { name, secret, code }, actor);
      await sessions.storeNewSecret(session, undefined);
    },

    async askForNewPasskey(session: ConsoleSession) {
      const { userId: id, userName: name } = session;
      const options = await passkeys.creationOptions({ id, name }, await secondFactors.listPasskeys(id));
      await sessions.storeChallenge(session, options.challenge);
      return options;
    },

    /** @throws InvalidInput, SecondFactorRefused, SecondFactorLimitReached */
    async addPasskey(session: ConsoleSession, name: string, answer: string, actor: Actor): Promise<void> {
      const owner = { userId: session.userId, session: session.hash };
      const response = readAnswer(answer);
      await secondFactors.addPasskey(
        owner,
        { name, response, challenge: await takeChallenge(session) },
        actor,
      );
    },
  };
}

/** The result that the script put into the form. */
function readAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput(
      'response',
      'The browser did not send a valid passkey. Passkeys require JavaScript.',
    );
  }
}

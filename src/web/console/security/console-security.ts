import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { renderSVG } from 'uqr';
import type { Actor } from '../../../core/audit/actor.ts';
import { brandName } from '../../../core/brand/brand.ts';
import type { BrandService } from '../../../core/brand/brand-service.ts';
import type { ConsoleSession, SessionService } from '../../../core/console-sessions/session-service.ts';
import { SecondFactorRefused } from '../../../core/second-factors/second-factor-errors.ts';
import type { SecondFactorService } from '../../../core/second-factors/second-factor-service.ts';
import { createTotpSecret, totpUri } from '../../../core/second-factors/totp.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';

interface ConsoleSecurityDeps {
  readonly sessions: SessionService;
  readonly secondFactors: SecondFactorService;
  readonly brands: Pick<BrandService, 'current'>;
  readonly publicUrl: string;
}

/** What the user scans or types to set up an authenticator app. */
export interface NewTotp {
  readonly secret: string;
  readonly uri: string;
  /** SVG */
  readonly qrCode: string;
}

/** Second factors in a console session, which keeps the challenge of a passkey and the secret of a new authenticator app. */
export interface ConsoleSecurity {
  /** Why browsers do not support passkeys at this URL; undefined if they do. */
  readonly passkeysUnsupported: string | undefined;
  readonly list: SecondFactorService['list'];
  readonly listSessions: SessionService['list'];
  readonly endOtherSessions: SessionService['endOthers'];
  readonly rename: SecondFactorService['rename'];
  readonly remove: SecondFactorService['remove'];

  /**
   * Completes the sign-in with a code of an authenticator app. Like each method below that returns a text, it returns the
   * session's new token.
   * @throws SecondFactorRefused, TooManySecondFactors, InvalidInput, ConsoleSessionChanged
   */
  verifyCode(session: ConsoleSession, code: string, actor: Actor): Promise<string>;
  /** Starts a challenge. @returns the options for the browser */
  requestPasskey(session: ConsoleSession): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /**
   * Completes the sign-in with a passkey.
   * @param response JSON from the browser
   * @throws SecondFactorRefused, InvalidInput, ConsoleSessionChanged
   */
  verifyPasskey(session: ConsoleSession, response: string, actor: Actor): Promise<string>;

  /** Starts the set-up of an authenticator app. */
  beginTotp(session: ConsoleSession): Promise<void>;
  /** @returns the authenticator app that is being set up; undefined if none is */
  findNewTotp(session: ConsoleSession): Promise<NewTotp | undefined>;
  /** @throws InvalidInput, SecondFactorLimitReached, ConsoleSessionChanged */
  addTotp(session: ConsoleSession, name: string, code: string, actor: Actor): Promise<string>;
  /** Starts a challenge. @returns the options for the browser */
  requestNewPasskey(session: ConsoleSession): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /**
   * @param response JSON from the browser
   * @throws InvalidInput, SecondFactorRefused, SecondFactorLimitReached, ConsoleSessionChanged
   */
  addPasskey(session: ConsoleSession, name: string, response: string, actor: Actor): Promise<string>;
}

export function createConsoleSecurity({
  sessions,
  secondFactors,
  brands,
  publicUrl,
}: ConsoleSecurityDeps): ConsoleSecurity {
  const { passkeys } = secondFactors;

  async function takeChallenge(session: ConsoleSession): Promise<string> {
    const challenge = await sessions.takeChallenge(session);
    if (challenge === undefined)
      throw new SecondFactorRefused('The request for the passkey has expired. Try again.');
    return challenge;
  }

  return {
    passkeysUnsupported: passkeys.unsupported,
    list: secondFactors.list,
    listSessions: sessions.list,
    endOtherSessions: sessions.endOthers,
    rename: secondFactors.rename,
    remove: secondFactors.remove,

    async verifyCode(session, code, actor) {
      await secondFactors.checkCode(session.userId, code, actor);
      return sessions.complete(session, 'totp', actor);
    },

    async requestPasskey(session) {
      const options = await passkeys.requestOptions(await secondFactors.listPasskeys(session.userId));
      await sessions.storeChallenge(session, options.challenge);
      return options;
    },

    async verifyPasskey(session, response, actor) {
      const passkey = { response: parseResponse(response), challenge: await takeChallenge(session) };
      await secondFactors.checkPasskey(session.userId, passkey, actor);
      return sessions.complete(session, 'passkey', actor);
    },

    beginTotp: (session) => sessions.storeNewSecret(session, createTotpSecret()),

    async findNewTotp(session) {
      const secret = await sessions.findNewSecret(session);
      if (secret === undefined) return undefined;
      const issuer = `${brandName(brands.current)} ${new URL(publicUrl).hostname}`;
      const uri = totpUri(secret, issuer, session.userName);
      return { secret, uri, qrCode: renderSVG(uri, { border: 3 }) };
    },

    async addTotp(session, name, code, actor) {
      const secret = await sessions.findNewSecret(session);
      if (secret === undefined)
        throw new InvalidInput(
          'code',
          'This authenticator app was already added, or you started to set it up in another window.',
        );
      const owner = { userId: session.userId, session };
      return secondFactors.addTotp(owner, { name, secret, code }, actor);
    },

    async requestNewPasskey(session) {
      const { userId: id, userName: name } = session;
      const options = await passkeys.creationOptions({ id, name }, await secondFactors.listPasskeys(id));
      await sessions.storeChallenge(session, options.challenge);
      return options;
    },

    async addPasskey(session, name, response, actor) {
      const owner = { userId: session.userId, session };
      const parsed = parseResponse(response);
      return secondFactors.addPasskey(
        owner,
        { name, response: parsed, challenge: await takeChallenge(session) },
        actor,
      );
    },
  };
}

/** Parses the browser's response, which a script put into the form. @throws InvalidInput */
function parseResponse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput(
      'response',
      'The browser did not send a valid passkey. Passkeys require JavaScript.',
    );
  }
}

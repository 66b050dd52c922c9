import { isIP } from 'node:net';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { PasskeyRow } from './passkey-store.ts';

const APPLICATION = 'ClickToCall';
/** A second factor is had; where the device can also check who holds it, it should. */
const USER_VERIFICATION = 'preferred';

/** COSE's numbers of EdDSA, ES256 and RS256: every passkey knows one. The library's own list has what Node calls experimental. */
const ALGORITHMS = [-8, -7, -257];

/** Loaded when somebody uses a passkey: it would be half of the start. */
const library = () => import('@simplewebauthn/server');

export type Passkeys = ReturnType<typeof createPasskeys>;
export type NewPasskey = Omit<PasskeyRow, 'id'>;

/** WebAuthn, for the host of the public address: a passkey works nowhere else. */
export function createPasskeys(publicUrl: string) {
  const { hostname, origin } = new URL(publicUrl);

  return {
    /** Why browsers would refuse; undefined where they don't. */
    impossible: whyImpossible(publicUrl),

    async creationOptions(
      user: { readonly id: string; readonly name: string },
      existing: readonly PasskeyRow[],
    ): Promise<PublicKeyCredentialCreationOptionsJSON> {
      const { generateRegistrationOptions } = await library();
      return generateRegistrationOptions({
        rpName: APPLICATION,
        rpID: hostname,
        userID: Uint8Array.from(Buffer.from(user.id.replaceAll('-', ''), 'hex')),
        userName: user.name,
        userDisplayName: user.name,
        excludeCredentials: existing.map(descriptorOf),
        supportedAlgorithmIDs: ALGORITHMS,
        authenticatorSelection: { residentKey: 'discouraged', userVerification: USER_VERIFICATION },
      });
    },

    /** @returns undefined for an answer that is not to this challenge, or not of a browser at this address */
    async readCreated(response: unknown, challenge: string): Promise<NewPasskey | undefined> {
      const { verifyRegistrationResponse } = await library();
      const { registrationInfo } = await verifyRegistrationResponse({
        response: response as RegistrationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: hostname,
        supportedAlgorithmIDs: ALGORITHMS,
        requireUserVerification: false,
      }).catch(refused);
      if (!registrationInfo) return undefined;
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
      return { credentialId: id, publicKey: Buffer.from(publicKey), counter, transports };
    },

    async requestOptions(existing: readonly PasskeyRow[]): Promise<PublicKeyCredentialRequestOptionsJSON> {
      const { generateAuthenticationOptions } = await library();
      return generateAuthenticationOptions({
        rpID: hostname,
        allowCredentials: existing.map(descriptorOf),
        userVerification: USER_VERIFICATION,
      });
    },

    /** @returns the passkey's new counter; undefined for an answer that it did not sign for this challenge */
    async readAnswer(response: unknown, challenge: string, passkey: PasskeyRow): Promise<number | undefined> {
      const { verifyAuthenticationResponse } = await library();
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: response as AuthenticationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: hostname,
        credential: {
          ...descriptorOf(passkey),
          publicKey: Uint8Array.from(passkey.publicKey),
          counter: passkey.counter,
        },
        requireUserVerification: false,
      }).catch(refused);
      return verified ? authenticationInfo?.newCounter : undefined;
    },
  };
}

/** The library throws for whatever is wrong with an answer; all of it was made by whoever sent it. */
function refused(): { verified: false; registrationInfo?: never; authenticationInfo?: never } {
  return { verified: false };
}

function descriptorOf({ credentialId, transports }: PasskeyRow) {
  return { id: credentialId, transports: [...transports] };
}

/** WebAuthn section 5.1.2: a domain, in a secure context. */
function whyImpossible(publicUrl: string): string | undefined {
  const { protocol, hostname } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
    return 'passkeys need a host name, and this server’s PUBLIC_URL is an IP address';
  if (protocol !== 'https:' && !/(^|\.)localhost$/.test(hostname))
    return 'passkeys need https, and this server’s PUBLIC_URL begins with http';
  return undefined;
}

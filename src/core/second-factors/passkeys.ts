import { isIP } from 'node:net';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { brandName } from '../brand/brand.ts';
import type { BrandService } from '../brand/brand-service.ts';
import type { PasskeyRow } from './passkey-store.ts';

/** Possession is enough for a second factor, but a device that can verify the user should. */
const USER_VERIFICATION = 'preferred';

/** COSE ids of EdDSA, ES256 and RS256. Every passkey supports one; the library's default includes algorithms experimental in Node. */
const ALGORITHMS = [-8, -7, -257];

/** Loaded on first use, because it would double the start time. */
const library = () => import('@simplewebauthn/server');

export type NewPasskey = Omit<PasskeyRow, 'id'>;

/** WebAuthn for the host of PUBLIC_URL. A passkey works only for the host on which it was created. */
export interface Passkeys {
  /** Why browsers do not support passkeys at this URL; undefined if they do. */
  readonly unsupported: string | undefined;
  /** @param existing the user's passkeys; the same device cannot register twice */
  creationOptions(
    user: { readonly id: string; readonly name: string },
    existing: readonly PasskeyRow[],
  ): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** @returns undefined for a response to another challenge or from another origin */
  verifyRegistration(response: unknown, challenge: string): Promise<NewPasskey | undefined>;
  requestOptions(existing: readonly PasskeyRow[]): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** @returns the new counter of the passkey; undefined if the passkey did not sign this challenge */
  verifyResponse(response: unknown, challenge: string, passkey: PasskeyRow): Promise<number | undefined>;
}

export function createPasskeys(publicUrl: string, brands: Pick<BrandService, 'current'>): Passkeys {
  const { hostname, origin } = new URL(publicUrl);

  return {
    unsupported: unsupportedReason(publicUrl),

    async creationOptions(user, existing) {
      const { generateRegistrationOptions } = await library();
      return generateRegistrationOptions({
        rpName: brandName(brands.current),
        rpID: hostname,
        userID: Uint8Array.from(Buffer.from(user.id.replaceAll('-', ''), 'hex')),
        userName: user.name,
        userDisplayName: user.name,
        excludeCredentials: existing.map(descriptorOf),
        supportedAlgorithmIDs: ALGORITHMS,
        authenticatorSelection: { residentKey: 'discouraged', userVerification: USER_VERIFICATION },
      });
    },

    async verifyRegistration(response, challenge) {
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

    async requestOptions(existing) {
      const { generateAuthenticationOptions } = await library();
      return generateAuthenticationOptions({
        rpID: hostname,
        allowCredentials: existing.map(descriptorOf),
        userVerification: USER_VERIFICATION,
      });
    },

    async verifyResponse(response, challenge, passkey) {
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

/** The library throws for any invalid response, and every cause comes from the client. */
function refused(): { verified: false; registrationInfo?: never; authenticationInfo?: never } {
  return { verified: false };
}

function descriptorOf({ credentialId, transports }: PasskeyRow) {
  return { id: credentialId, transports: [...transports] };
}

/** WebAuthn section 5.1.2: a domain, in a secure context. */
function unsupportedReason(publicUrl: string): string | undefined {
  const { protocol, hostname } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
    return 'passkeys need a host name, and this server’s PUBLIC_URL is an IP address';
  if (protocol !== 'https:' && !/(^|\.)localhost$/.test(hostname))
    return 'passkeys need https, and this server’s PUBLIC_URL begins with http';
  return undefined;
}

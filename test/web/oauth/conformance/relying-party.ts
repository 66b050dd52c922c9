import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../../src/core/audit/actor.ts';
import type { TestApp } from '../../../harness/app.ts';
import { MODERN_REDIRECT_URI } from '../../../harness/people.ts';
import { configure, type Person, type Walked, walk } from '../modern-walk.ts';

/** Where applications ask for a person to return after a sign-out. */
export const SIGNED_OUT_URI = 'https://app.example/signed-out';

type Parameters = Readonly<Record<string, string>>;

/** A request of a relying party. A parameter that is '' is left out. */
export interface AuthorizationRequest {
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
}

/** What a relying party has after its user signed in. */
export interface Session extends Walked {
  readonly idToken: string;
  readonly claims: oauth.IDToken;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/**
 * A relying party as the plans of the OpenID Foundation have it. An administrator registered it, with a secret. Each of its
 * requests has a state and a nonce, and none has PKCE, which an administrator must allow. It verifies the signatures of ID tokens.
 */
export class RelyingParty {
  readonly config: oauth.Configuration;

  private constructor(config: oauth.Configuration) {
    this.config = config;
  }

  static async register(app: TestApp, authenticate = oauth.ClientSecretBasic): Promise<RelyingParty> {
    const registered = await app.clients.registerClient(
      {
        name: 'Relying party',
        redirectUris: [MODERN_REDIRECT_URI],
        postLogoutRedirectUris: [SIGNED_OUT_URI],
      },
      COMMAND_LINE,
    );
    await app.clients.setPkceRequired(registered.client.id, false, COMMAND_LINE);
    const config = await configure(app, registered, authenticate(registered.secret ?? ''), 'oidc');
    oauth.enableNonRepudiationChecks(config);
    return new RelyingParty(config);
  }

  get clientId(): string {
    return this.config.clientMetadata().client_id;
  }

  request(parameters: Parameters = {}): AuthorizationRequest {
    const [state, nonce] = [oauth.randomState(), oauth.randomNonce()];
    const url = oauth.buildAuthorizationUrl(this.config, {
      ...{ redirect_uri: MODERN_REDIRECT_URI, scope: 'openid', state, nonce },
      ...parameters,
    });
    for (const [name, value] of [...url.searchParams]) if (value === '') url.searchParams.delete(name);
    return { url, state, nonce };
  }

  /** Signs a person in, from the request to the verified ID token. */
  async signIn(person: Person, parameters: Parameters = {}): Promise<Session> {
    const request = this.request(parameters);
    return this.redeem(request, await walk(person, request.url));
  }

  async redeem(
    { state, nonce }: Pick<AuthorizationRequest, 'state' | 'nonce'>,
    walked: Walked,
    checks: oauth.AuthorizationCodeGrantChecks = {},
  ): Promise<Session> {
    const tokens = await oauth.authorizationCodeGrant(this.config, walked.callback, {
      ...{ expectedState: state, expectedNonce: nonce, idTokenExpected: true },
      ...checks,
    });
    const { id_token: idToken, refresh_token: refreshToken, access_token: accessToken } = tokens;
    const claims = tokens.claims();
    if (idToken === undefined || !claims) throw new Error('no ID token');
    return { ...walked, idToken, claims, accessToken, refreshToken: refreshToken ?? '' };
  }
}

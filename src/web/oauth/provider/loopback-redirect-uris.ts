import type Provider from 'oidc-provider';
import { differsInLoopbackPort } from '../../../core/clients/redirect-uris.ts';

/**
 * Ignores the port of loopback IP redirect URIs for all public clients, also after a sign-out. The provider does so for clients with
 * `application_type: native` alone, which it also asks for consent each time, and never lets sign in with `prompt=none`.
 */
export function ignoreLoopbackPorts({ Client: { prototype } }: Provider): void {
  const { redirectUriAllowed, postLogoutRedirectUriAllowed } = prototype;
  prototype.redirectUriAllowed = function isAllowed(uri: string) {
    if (redirectUriAllowed.call(this, uri)) return true;
    return this.clientAuthMethod === 'none' && differsInLoopbackPort(uri, this.redirectUris ?? []);
  };
  prototype.postLogoutRedirectUriAllowed = function isAllowed(uri: string) {
    if (postLogoutRedirectUriAllowed.call(this, uri)) return true;
    return this.clientAuthMethod === 'none' && differsInLoopbackPort(uri, this.postLogoutRedirectUris ?? []);
  };
}

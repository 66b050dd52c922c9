import { html } from 'ghtml';
import type { LogoutRegistration } from '../../../core/clients/client-service.ts';
import { checkbox, textArea, textField } from '../../../platform/http/pages/elements.ts';
import { linesOf, typedText } from '../forms.ts';

/** The fields for the sign-out of an application's users. */
export interface TypedLogout {
  readonly post_logout_redirect_uris?: string | undefined;
  readonly backchannel_logout_uri?: string | undefined;
  readonly backchannel_logout_session_required?: string | undefined;
}

export const LogoutFields = {
  post_logout_redirect_uris: typedText(50_000),
  backchannel_logout_uri: typedText(10_000),
  backchannel_logout_session_required: typedText(20),
};

export function logoutFields(typed: TypedLogout): string {
  return html`
    !${textArea({
      name: 'post_logout_redirect_uris',
      label: 'Post-logout redirect URIs, one per line',
      hint: 'Where users may return after they have signed out. The rules are those of redirect URIs.',
      value: typed.post_logout_redirect_uris,
      rows: 2,
    })}
    !${textField({
      name: 'backchannel_logout_uri',
      label: 'Back-channel logout URI',
      hint: 'A public https URL of the application. It gets a logout token when a user signs out here.',
      value: typed.backchannel_logout_uri,
      type: 'url',
      maxLength: 2048,
      autocomplete: 'off',
    })}
    !${checkbox({
      name: 'backchannel_logout_session_required',
      label: 'Logout tokens and ID tokens name the session (sid)',
      hint: 'Otherwise a logout token means all sessions of the user.',
      checked: typed.backchannel_logout_session_required === 'true',
    })}`;
}

export function readLogout(typed: TypedLogout): LogoutRegistration {
  return {
    postLogoutRedirectUris: linesOf(typed.post_logout_redirect_uris),
    backchannelLogoutUri: typed.backchannel_logout_uri?.trim(),
    backchannelLogoutSessionRequired: typed.backchannel_logout_session_required === 'true',
  };
}

export function typedLogout(registered: LogoutRegistration): TypedLogout {
  const { postLogoutRedirectUris = [], backchannelLogoutUri, backchannelLogoutSessionRequired } = registered;
  return {
    post_logout_redirect_uris: postLogoutRedirectUris.join('\n'),
    backchannel_logout_uri: backchannelLogoutUri ?? undefined,
    backchannel_logout_session_required: String(backchannelLogoutSessionRequired === true),
  };
}

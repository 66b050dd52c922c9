import { html } from 'ghtml';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { radioGroup, textArea, textField } from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { CLIENTS, NEW_CLIENT } from '../addresses.ts';
import { logoutFields, type TypedLogout } from './logout-form.ts';

/** The fields of the form. */
export interface TypedClient extends TypedLogout {
  readonly name?: string;
  readonly redirect_uris?: string;
  readonly kind?: string;
  readonly origins?: string;
}

const KINDS = [
  {
    value: 'confidential',
    label: 'Confidential',
    hint: 'Runs on a server, where it can keep a secret.',
  },
  {
    value: 'public',
    label: 'Public',
    hint: 'Runs in a browser or on people’s devices, where it cannot keep a secret. It has none, and uses PKCE.',
  },
  {
    value: 'classic',
    label: 'Classic',
    hint:
      'Insecure; only for applications of 2012 that cannot be changed. It may use the implicit flow, and send its secret and ' +
      'its tokens in URLs, where logs, histories and other sites can see them. Anyone who sees one can place calls.',
  },
] as const;

export function newClientForm(typed: TypedClient, wrong?: string): string {
  const { name, redirect_uris, kind = 'confidential', origins } = typed;
  return html`
    !${problemNotice(wrong)}
    <form method="post" action="${NEW_CLIENT}" class="card">
      !${textField({
        name: 'name',
        label: 'Name',
        hint: 'Shown to users when the application asks for permission.',
        value: name,
        maxLength: 100,
        required: true,
        autofocus: true,
        autocomplete: 'off',
      })}
      !${textArea({
        name: 'redirect_uris',
        label: 'Redirect URIs, one per line',
        hint: 'Where users may be redirected to, such as https://crm.example/callback. The URIs must match exactly. Use http: only for localhost.',
        value: redirect_uris,
        required: true,
      })}
      !${radioGroup({ name: 'kind', legend: 'Kind', value: kind, options: KINDS })}
      !${textArea({
        name: 'origins',
        label: 'Additional web origins, one per line',
        hint: 'Web origins that may call this server, in addition to those of the redirect URIs, such as https://app.example, chrome-extension://ID or capacitor://localhost.',
        value: origins,
        rows: 2,
      })}
      !${logoutFields(typed)}
      <div class="buttons">
        <button type="submit">Register application</button>
        <a class="button quiet" href="${CLIENTS}">Back to applications</a>
      </div>
    </form>`;
}

/** @throws InvalidInput */
export function readKind(kind: string | undefined): { readonly public?: true; readonly classic?: true } {
  if (kind === 'public') return { public: true };
  if (kind === 'classic') return { classic: true };
  if (kind === 'confidential') return {};
  throw new InvalidInput('kind', 'Choose the kind: confidential, public or classic.');
}

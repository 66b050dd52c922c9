import { html } from 'ghtml';
import { radioGroup, textArea, textField } from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { CLIENTS, NEW_CLIENT } from '../addresses.ts';

/** As the form sends it. */
export interface TypedClient {
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
    hint: 'Runs in a browser or on people’s devices, where no secret is kept. It has none, and proves itself by PKCE.',
  },
  {
    value: 'classic',
    label: 'Classic',
    hint:
      'A risk, for applications of 2012 that cannot be changed. It may use the implicit flow, and send its secret and its ' +
      'tokens in addresses, where logs, histories and other sites see them: whoever reads one can call on somebody’s behalf.',
  },
] as const;

export function newClientBody(typed: TypedClient, wrong?: string): string {
  const { name, redirect_uris, kind = 'confidential', origins } = typed;
  return html`
    !${problemNotice(wrong)}
    <form method="post" action="${NEW_CLIENT}" class="card">
      !${textField({
        name: 'name',
        label: 'Name',
        hint: 'What people are shown when it asks for their permission.',
        value: name,
        maxLength: 100,
        required: true,
        autofocus: true,
        autocomplete: 'off',
      })}
      !${textArea({
        name: 'redirect_uris',
        label: 'Redirect URIs, one a line',
        hint: 'Where it may have people sent back to, to the letter, such as https://crm.example/callback.',
        value: redirect_uris,
        required: true,
      })}
      !${radioGroup({ name: 'kind', legend: 'Kind', value: kind, options: KINDS })}
      !${textArea({
        name: 'origins',
        label: 'Further web origins, one a line',
        hint: 'Whose scripts may call this server, beside the origins of the redirect URIs, such as https://app.example.',
        value: origins,
        rows: 2,
      })}
      <div class="buttons">
        <button type="submit">Register the application</button>
        <a class="button quiet" href="${CLIENTS}">Back to the applications</a>
      </div>
    </form>`;
}

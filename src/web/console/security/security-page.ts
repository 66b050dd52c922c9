import { html } from 'ghtml';
import type { ConsoleSession, ListedSession } from '../../../core/console-sessions/session-service.ts';
import type { SecondFactor } from '../../../core/second-factors/second-factor-service.ts';
import {
  actionButton,
  badge,
  hiddenFields,
  notice,
  table,
  textField,
  time,
} from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import type { Administrator } from '../../entry/request-context.ts';
import { consolePage } from '../parts/console-page.ts';
import { SECURITY } from '../return-to.ts';
import { sessionList } from '../session/session-list.ts';
import type { NewTotp } from './console-security.ts';
import { PASSKEY_SCRIPTS, passkeyForm } from './passkey-form.ts';
import { codeField } from './second-factor-page.ts';
import { stepPage } from './step-page.ts';

const KINDS: Readonly<Record<SecondFactor['kind'], string>> = {
  totp: 'Authenticator app',
  passkey: 'Passkey',
};

export const DONE = {
  added: 'The second factor was added. You will be asked for it when you sign in.',
  removed: 'The second factor was removed.',
  named: 'The second factor has its new name.',
  ended: 'You are signed in to the console nowhere but here.',
} as const;

interface Shown {
  readonly administrator: Administrator;
  readonly session: ConsoleSession;
  readonly wrong?: string | undefined;
}

export interface SecurityShown extends Shown {
  readonly factors: readonly SecondFactor[];
  readonly sessions: readonly ListedSession[];
  readonly impossiblePasskeys: string | undefined;
  readonly done?: keyof typeof DONE | undefined;
}

/** An administrator's own second factors. */
export function securityPage(shown: SecurityShown): Page {
  const { session, factors, sessions, impossiblePasskeys, done, wrong } = shown;
  const { confirmed, standing } = session;
  return framed(shown, {
    title: standing === 'setUpOwed' ? 'Set up a second factor' : 'Security',
    ...(confirmed && impossiblePasskeys === undefined && PASSKEY_SCRIPTS),
    body: html`
      !${done === undefined ? '' : notice('done', DONE[done])}
      !${wrong === undefined ? '' : notice('problem', wrong)}
      !${standing === 'setUpOwed' ? html`<p>This server asks every administrator for a second factor beside the password. Set one up to go on.</p>` : ''}
      !${standing === 'setUpOwed' ? '' : listOf(factors, confirmed)}
      !${confirmed ? additions(impossiblePasskeys) : confirmation()}
      !${standing === 'setUpOwed' ? '' : sessionList(sessions)}`,
  });
}

/** Where a code generator is set up. */
export function newTotpPage(shown: Shown & { readonly totp: NewTotp }): Page {
  const { totp, wrong } = shown;
  return framed(shown, {
    title: 'Set up an authenticator app',
    wide: false,
    body: html`
      !${wrong === undefined ? '' : notice('problem', wrong)}
      <p>Scan this with your authenticator app, or <a href="${totp.uri}">open it on this device</a>.</p>
      <div class="qr" role="img" aria-label="QR code with the secret below">!${totp.qrCode}</div>
      <p>Or type the secret: <code>${inGroups(totp.secret)}</code></p>
      <form method="post" action="${SECURITY}/totp" class="card">
        !${codeField('The six digits that the app shows then.', true)}
        !${nameField('Authenticator app', 'totp-name')}
        <button type="submit">Add</button>
      </form>
      <p><a href="${SECURITY}">Back without adding it</a></p>`,
  });
}

function framed({ administrator, session }: Shown, page: Omit<Page, 'navigation'>): Page {
  return session.standing === 'setUpOwed'
    ? stepPage({ ...page, administrator, wide: false })
    : consolePage({ ...page, administrator, current: SECURITY });
}

function listOf(factors: readonly SecondFactor[], changeable: boolean): string {
  return html`<h2>Second factors</h2>
    !${table({
      caption: 'What you are asked for beside your password',
      columns: ['Name', 'Kind', 'Added', 'Last used', ...(changeable ? ['Remove'] : [])],
      rows: factors.map((factor) => rowOf(factor, changeable)),
      empty: 'You have none: your password alone opens the console.',
    })}`;
}

function rowOf({ id, name, kind, createdAt, lastUsedAt }: SecondFactor, changeable: boolean): string[] {
  const used = lastUsedAt ? time(lastUsedAt) : 'never';
  const facts = [badge(KINDS[kind]), time(createdAt), used];
  return changeable ? [renaming(id, name), ...facts, removal(id, name)] : [html`${name}`, ...facts];
}

function renaming(id: string, name: string): string {
  const field = `name-${id}`;
  return html`<form method="post" action="${SECURITY}/rename" class="inline">
      !${hiddenFields({ id })}
      <label for="${field}" class="unseen">Name of ${name}</label>
      <input id="${field}" name="name" value="${name}" maxlength="60" required>
      <button type="submit" class="quiet" aria-label="Rename ${name}">Rename</button>
    </form>`;
}

function removal(id: string, name: string): string {
  return actionButton({
    ...{
      action: `${SECURITY}/remove`,
      text: 'Remove',
      fields: { id },
      label: `Remove ${name}`,
      tone: 'danger',
    },
  });
}

function additions(impossiblePasskeys: string | undefined): string {
  return html`<h2>Add a second factor</h2>
    <section class="card narrow">
      <h3>Passkey</h3>
      <p>A fingerprint, a face, a PIN or a security key, checked by your device. It works on this site alone, so nobody can talk you out of it.</p>
      !${impossiblePasskeys === undefined ? passkeyAddition() : notice('problem', `Not here: ${impossiblePasskeys}.`)}
    </section>
    <section class="card narrow">
      <h3>Authenticator app</h3>
      <p>An app on your telephone shows six digits, new ones every half minute.</p>
      !${actionButton({ action: `${SECURITY}/totp/begin`, text: 'Set up an authenticator app' })}
    </section>`;
}

function passkeyAddition(): string {
  return passkeyForm({
    act: 'create',
    action: `${SECURITY}/passkeys`,
    options: `${SECURITY}/passkeys/options`,
    fields: nameField('Passkey', 'passkey-name'),
    button: 'Add a passkey',
  });
}

function nameField(byDefault: string, id: string): string {
  const hint = `To tell it from others; “${byDefault}” when left out.`;
  return html`<div class="field">
    <label for="${id}">Name</label>
    <p class="hint" id="${id}-hint">${hint}</p>
    <input id="${id}" name="name" maxlength="60" autocomplete="off" aria-describedby="${id}-hint">
  </div>`;
}

function confirmation(): string {
  return html`<h2>Change them</h2>
    <form method="post" action="${SECURITY}/confirm" class="card narrow">
      <p>Give your password again to add, rename or remove second factors.</p>
      !${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true })}
      <button type="submit">Go on</button>
    </form>`;
}

function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}

import type { FastifyRequest } from 'fastify';
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
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { SECURITY } from '../addresses.ts';
import { consolePage, stepPage } from '../frame.ts';
import { SECOND_FACTOR_WORDS } from '../records.ts';
import type { NewTotp } from './console-security.ts';
import { codeField, PASSKEY_SCRIPTS, passkeyForm } from './second-factor-forms.ts';

export const DONE = {
  added: 'The second factor is added. You are asked for it when you sign in.',
  removed: 'The second factor is removed.',
  named: 'The second factor is renamed.',
  ended: 'You are signed out of the console everywhere else.',
} as const;

export interface SecurityView {
  readonly session: ConsoleSession;
  readonly factors: readonly SecondFactor[];
  readonly sessions: readonly ListedSession[];
  readonly passkeysUnsupported: string | undefined;
  readonly done?: string | undefined;
  readonly wrong?: string | undefined;
}

/** An administrator's own second factors and sessions. */
export function securityPage(request: FastifyRequest, view: SecurityView): Page {
  const { session, factors, sessions, passkeysUnsupported, done, wrong } = view;
  const { confirmed, standing } = session;
  const firstSetUp = standing === 'setUpOwed';
  return frame(request, session, {
    title: firstSetUp ? 'Set up a second factor' : 'Security',
    ...(confirmed && passkeysUnsupported === undefined && PASSKEY_SCRIPTS),
    body: html`
      !${doneNotice(DONE, done)}
      !${problemNotice(wrong)}
      !${firstSetUp ? html`<p>This server requires a second factor for all administrators. Set one up to continue.</p>` : ''}
      !${firstSetUp ? '' : factorTable(factors, confirmed)}
      !${confirmed ? additions(passkeysUnsupported) : confirmationForm()}
      !${firstSetUp ? '' : sessionTable(sessions)}`,
  });
}

/** The page that shows the secret of a new authenticator app. */
export function newTotpPage(
  request: FastifyRequest,
  view: { readonly session: ConsoleSession; readonly totp: NewTotp; readonly wrong?: string },
): Page {
  const { session, totp, wrong } = view;
  return frame(request, session, {
    title: 'Set up an authenticator app',
    wide: false,
    body: html`
      !${problemNotice(wrong)}
      <p>Scan this with your authenticator app, or <a href="${totp.uri}">open it on this device</a>.</p>
      <div class="qr" role="img" aria-label="QR code with the secret below">!${totp.qrCode}</div>
      <p>Or type the secret: <code>${inGroups(totp.secret)}</code></p>
      <form method="post" action="${SECURITY}/totp" class="card">
        !${codeField('The six digits that the app then shows.', true)}
        !${nameField('Authenticator app', 'totp-name')}
        <button type="submit">Add</button>
      </form>
      <p><a href="${SECURITY}">Cancel</a></p>`,
  });
}

function frame(request: FastifyRequest, { standing }: ConsoleSession, page: Omit<Page, 'navigation'>): Page {
  return standing === 'setUpOwed'
    ? stepPage(request, { ...page, wide: false })
    : consolePage(request, { ...page, current: SECURITY });
}

function factorTable(factors: readonly SecondFactor[], changeable: boolean): string {
  return html`<h2>Second factors</h2>
    !${table({
      caption: 'What you are asked for in addition to your password',
      columns: ['Name', 'Kind', 'Added', 'Last used', ...(changeable ? ['Remove'] : [])],
      rows: factors.map((factor) => factorRow(factor, changeable)),
      empty: 'No second factors: your password alone opens the console.',
    })}`;
}

function factorRow(factor: SecondFactor, changeable: boolean): string[] {
  const { id, name, kind, createdAt, lastUsedAt } = factor;
  const facts = [badge(SECOND_FACTOR_WORDS[kind]), time(createdAt), lastUsedAt ? time(lastUsedAt) : 'never'];
  return changeable ? [renameForm(id, name), ...facts, removeButton(id, name)] : [html`${name}`, ...facts];
}

function renameForm(id: string, name: string): string {
  const field = `name-${id}`;
  return html`<form method="post" action="${SECURITY}/rename" class="inline">
      !${hiddenFields({ id })}
      <label for="${field}" class="unseen">Name of ${name}</label>
      <input id="${field}" name="name" value="${name}" maxlength="60" required>
      <button type="submit" class="quiet" aria-label="Rename ${name}">Rename</button>
    </form>`;
}

function removeButton(id: string, name: string): string {
  return actionButton({
    action: `${SECURITY}/remove`,
    text: 'Remove',
    fields: { id },
    label: `Remove ${name}`,
    tone: 'danger',
  });
}

function additions(passkeysUnsupported: string | undefined): string {
  return html`<h2>Add a second factor</h2>
    <section class="card narrow">
      <h3>Passkey</h3>
      <p>A fingerprint, a face, a PIN or a security key, checked by your device. It works only on this site, so it cannot be
        phished.</p>
      !${passkeysUnsupported === undefined ? newPasskeyForm() : notice('problem', `Not available here: ${passkeysUnsupported}.`)}
    </section>
    <section class="card narrow">
      <h3>Authenticator app</h3>
      <p>An app on your phone shows a six-digit code, a new one every 30 seconds.</p>
      !${actionButton({ action: `${SECURITY}/totp/begin`, text: 'Set up an authenticator app' })}
    </section>`;
}

function newPasskeyForm(): string {
  return passkeyForm({
    use: 'create',
    action: `${SECURITY}/passkeys`,
    options: `${SECURITY}/passkeys/options`,
    fields: nameField('Passkey', 'passkey-name'),
    button: 'Add a passkey',
  });
}

function nameField(byDefault: string, id: string): string {
  return html`<div class="field">
    <label for="${id}">Name</label>
    <p class="hint" id="${id}-hint">Optional; the default is “${byDefault}”.</p>
    <input id="${id}" name="name" maxlength="60" autocomplete="off" aria-describedby="${id}-hint">
  </div>`;
}

function confirmationForm(): string {
  return html`<h2>Change second factors</h2>
    <form method="post" action="${SECURITY}/confirm" class="card narrow">
      <p>Enter your password again to add, rename or remove second factors.</p>
      !${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true })}
      <button type="submit">Continue</button>
    </form>`;
}

function sessionTable(sessions: readonly ListedSession[]): string {
  return html`<h2>Where you are signed in</h2>
    !${table({
      caption: 'Browsers in which you are signed in to the console',
      columns: ['Browser', 'IP address', 'Signed in', 'Last active'],
      rows: sessions.map(sessionRow),
      empty: 'Nowhere.',
    })}
    !${sessions.length > 1 ? actionButton({ action: `${SECURITY}/sign-out-elsewhere`, text: 'Sign out everywhere else', tone: 'quiet' }) : ''}`;
}

function sessionRow(session: ListedSession): string[] {
  const { userAgent, ipAddress, signedInAt, seenAt, secondFactorOwed, own } = session;
  const status = own
    ? badge('this browser', 'good')
    : secondFactorOwed
      ? badge('second factor pending', 'busy')
      : '';
  return [html`${userAgent || 'unknown'} !${status}`, html`${ipAddress}`, time(signedInAt), time(seenAt)];
}

/** Inserts a space after every four characters. */
function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}

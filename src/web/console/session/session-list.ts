import { html } from 'ghtml';
import type { ListedSession } from '../../../core/console-sessions/session-service.ts';
import { actionButton, badge, table, time } from '../../../platform/http/pages/elements.ts';
import { SECURITY } from '../return-to.ts';

export const SIGN_OUT_ELSEWHERE = `${SECURITY}/sign-out-elsewhere`;

/** Where an administrator is signed in, and the way out of all but here. */
export function sessionList(sessions: readonly ListedSession[]): string {
  return html`<h2>Where you are signed in</h2>
    !${table({
      caption: 'Browsers in which you are signed in to the console',
      columns: ['Browser', 'Address', 'Signed in', 'Last active'],
      rows: sessions.map(rowOf),
      empty: 'Nowhere.',
    })}
    !${sessions.length > 1 ? actionButton({ action: SIGN_OUT_ELSEWHERE, text: 'Sign out everywhere else', tone: 'quiet' }) : ''}`;
}

function rowOf({ userAgent, ipAddress, signedInAt, seenAt, secondFactorOwed, own }: ListedSession): string[] {
  const what = own
    ? badge('here', 'good')
    : secondFactorOwed
      ? badge('waits for the second factor', 'busy')
      : '';
  return [html`${userAgent || 'unknown'} !${what}`, html`${ipAddress}`, time(signedInAt), time(seenAt)];
}

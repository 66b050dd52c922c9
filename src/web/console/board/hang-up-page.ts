import { html } from 'ghtml';
import type { Call } from '../../../core/calls/call.ts';
import { facts, textField, time } from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { callAddress, userAddress } from '../addresses.ts';
import { parties, stateBadge } from '../parts/call-words.ts';
import { CONSOLE } from '../return-to.ts';

export const LONGEST_REASON = 200;

export interface HangUp {
  readonly call: Call;
  readonly reason?: string | undefined;
  readonly wrong?: string | undefined;
}

/** Asks why; of a call that has ended it says so. */
export function hangUpBody({ call, reason, wrong }: HangUp): string {
  const { id, endedAt } = call;
  return html`
    !${endedAt === null ? '' : html`<p class="notice">This call has ended already, at !${time(endedAt)}.</p>`}
    !${problemNotice(wrong)}
    !${facts([
      ['Call', html`<a href="${callAddress(id)}">${parties(call)}</a>`],
      ['User', html`<a href="${userAddress(call.userName)}">${call.userName}</a>`],
      ['State', stateBadge(call.state)],
      ['Opened', time(call.createdAt)],
    ])}
    !${endedAt === null ? form(id, reason) : html`<p><a class="button" href="${CONSOLE}">Back to the calls</a></p>`}`;
}

function form(id: string, reason: string | undefined): string {
  return html`<form method="post" action="${callAddress(id)}/end" class="card">
    !${textField({
      name: 'reason',
      label: 'Reason',
      value: reason,
      hint: 'Goes to the audit log: why you end somebody’s call. Name nobody and no number in it.',
      maxLength: LONGEST_REASON,
      required: true,
      autofocus: true,
      autocomplete: 'off',
    })}
    <div class="buttons">
      <button type="submit" class="danger">Hang up</button>
      <a class="button quiet" href="${CONSOLE}">Let it go on</a>
    </div>
  </form>`;
}

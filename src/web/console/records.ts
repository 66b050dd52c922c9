import { html } from 'ghtml';
import type { Call, CallState, DisconnectionReason, EndedBy, LegName } from '../../core/calls/call.ts';
import type { Attempt, Delivery, Pause } from '../../core/events/deliveries/delivery-service.ts';
import { isErasedName } from '../../core/personal-data/erased-name.ts';
import type { SecondFactor } from '../../core/second-factors/second-factor-administration.ts';
import { actionButton, badge, time } from '../../platform/http/pages/elements.ts';
import { REASON_WORDS } from '../representations/reason-words.ts';
import { CONSOLE, userAddress } from './addresses.ts';
import { counted } from './confirmation.ts';

export const STATE_WORDS: Readonly<Record<CallState, string>> = {
  initiating: 'Starting',
  callingCaller: 'Caller’s phone is ringing',
  callingCallee: 'Callee’s phone is ringing',
  connected: 'Connected',
  disconnected: 'Ended',
  failed: 'Failed',
};

export const ENDED_BY_WORDS: Readonly<Record<EndedBy, string>> = {
  client: 'the application',
  user: 'the user',
  carrier: 'a phone or the network',
  sweeper: 'this server: deadline reached',
  administrator: 'an administrator',
  revocation: 'this server: access removed',
};

/** The state of a call; of an ended call, the reason. */
export function callBadge(state: CallState, reason?: DisconnectionReason | null): string {
  const text = reason ? REASON_WORDS[reason].label : STATE_WORDS[state];
  if (state === 'failed') return badge(text, 'bad');
  if (state === 'disconnected') return badge(text);
  return badge(text, state === 'connected' ? 'good' : 'busy');
}

export const SECOND_FACTOR_WORDS: Readonly<Record<SecondFactor['kind'], string>> = {
  totp: 'Authenticator app',
  passkey: 'Passkey',
};

const LEG_WORDS: Readonly<Record<LegName, string>> = { caller: 'Caller’s phone', callee: 'Callee’s phone' };

/** What the carrier knows about the end of a call, in one line; undefined if it knows nothing. */
export function causeText({ causeLeg, sipStatus, q850Cause, causeText: text }: Call): string | undefined {
  const codes = [
    ...(sipStatus === null ? [] : [`SIP ${sipStatus}`]),
    ...(q850Cause === null ? [] : [`Q.850 cause ${q850Cause}`]),
  ].join(', ');
  const parts = [causeLeg === null ? '' : LEG_WORDS[causeLeg], codes, text ?? ''];
  return parts.filter((each) => each !== '').join(': ') || undefined;
}

/** The numbers of the caller and the callee. */
export function parties({ caller, callee }: Pick<Call, 'caller' | 'callee'>): string {
  return callee === '' ? 'Numbers removed' : `${caller ?? 'no number'} → ${callee}`;
}

/** A user's name, linked to the user's page. An erased user has none. */
export function userLink(name: string): string {
  return isErasedName(name) ? html`${name}` : html`<a href="${userAddress(name)}">${name}</a>`;
}

/** How much of a limit is in use: a bar and a text. */
export function usage(ongoing: number, limit: number): string {
  const max = Math.max(1, limit); // a meter from 0 to 0 is not valid
  const text = `${ongoing} of ${limit}`;
  return html`<span class="usage"><meter min="0" max="${String(max)}" high="${String(max - 0.5)}" optimum="0" value="${String(Math.min(max, ongoing))}" aria-label="Calls in use"></meter> ${text}</span>`;
}

/** The notice after a delivery was resent. */
export const RESENT = {
  resent: 'The delivery is sent again. It still waits for earlier events of its call.',
};

const DELIVERY_STATES: Readonly<Record<Delivery['state'], string>> = {
  pending: badge('pending', 'busy'),
  delivered: badge('delivered', 'good'),
  parked: badge('failed for three days', 'bad'),
  stopped: badge('stopped', 'bad'),
};

/** Why nothing is sent to a receiver for now, and until when. */
export function pauseText({ until, timeouts }: Pause): string {
  return html`Paused until !${time(new Date(until))}, because the receiver did not answer ${counted(timeouts, 'time')}.`;
}

/** The last cells of a delivery's row: its state, its attempts, and the button to resend it. */
export function deliveryCells({ id, state, pause, attempts }: Delivery, from: 'call' | 'webhook'): string[] {
  const resend = actionButton({
    action: `${CONSOLE}/deliveries/${id}/resend`,
    ...(from === 'call' && { fields: { from } }),
    text: 'Resend',
    label: `Resend delivery ${id}`,
    tone: 'quiet',
  });
  const stateText = pause ? html`!${DELIVERY_STATES[state]}<br>!${pauseText(pause)}` : DELIVERY_STATES[state];
  return [stateText, attemptsText(attempts), resend];
}

function attemptsText(attempts: readonly Attempt[]): string {
  const last = attempts.at(-1);
  if (!last) return 'none yet';
  if (attempts.length === 1) return attemptText(last);
  return html`<details>
    <summary>${String(attempts.length)}, last: ${resultText(last)}</summary>
    <ol>!${attempts.map((attempt) => html`<li>!${attemptText(attempt)}</li>`)}</ol>
  </details>`;
}

function attemptText(attempt: Attempt): string {
  return html`!${time(new Date(attempt.at))}: ${resultText(attempt)}, in ${String(attempt.milliseconds)} ms`;
}

function resultText({ status, problem }: Attempt): string {
  return problem ?? `delivered (status ${status})`;
}

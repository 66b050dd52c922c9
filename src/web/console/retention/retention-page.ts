import { html } from 'ghtml';
import type { Retention } from '../../../core/retention/retention.ts';
import { facts, time } from '../../../platform/http/pages/elements.ts';
import { USERS } from '../addresses.ts';
import { CONSOLE } from '../return-to.ts';

export const RETENTION = `${CONSOLE}/retention` as const;

type Shown = Awaited<ReturnType<Retention['show']>>;

export function retentionBody({ days, action, lastRun }: Shown): string {
  return html`<div class="card">
      <p class="lead">${settingWords(days, action)}</p>
      <p>The settings <code>RETENTION_DAYS</code> and <code>RETENTION_ACTION</code> decide this when the server starts. Statistics and
        the audit log stay; neither has numbers.</p>
    </div>
    <h2>What was done last</h2>
    !${lastRun === undefined ? html`<p class="empty">Nothing yet.</p>` : lastRunFacts(lastRun)}
    <h2>One person’s data</h2>
    <p>What is kept of one person can be exported and erased: choose them among the <a href="${USERS}">users</a>.</p>`;
}

function settingWords(days: number | undefined, action: Shown['action']): string {
  if (days === undefined) return 'Calls are kept for good.';
  const age = days === 1 ? 'a day' : `${days} days`;
  return action === 'remove'
    ? `Calls that ended more than ${age} ago are removed, with their events and deliveries.`
    : `Calls that ended more than ${age} ago are stripped of their numbers and of what their application wrote on them.`;
}

function lastRunFacts({
  action,
  endedBefore,
  calls,
  startedAt,
  finishedAt,
}: NonNullable<Shown['lastRun']>): string {
  const done = action === 'remove' ? 'Removed' : 'Stripped of numbers';
  return facts([
    [done, html`${calls.toLocaleString('en')} calls that ended before !${time(endedBefore)}`],
    ['Began', time(startedAt)],
    ['Finished', finishedAt ? time(finishedAt) : 'Not yet: it goes on in the background.'],
  ]);
}

import type { FastifyPluginAsync } from 'fastify';
import { html } from 'ghtml';
import type { Retention } from '../../../core/retention/retention.ts';
import { facts, time } from '../../../platform/http/pages/elements.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { RETENTION, USERS } from '../addresses.ts';
import { consolePage, errorPageIn } from '../frame.ts';

interface ConsoleRetentionDeps {
  readonly retention: Retention;
}

/** The page of the retention settings and the last run. */
export const consoleRetentionRoutes: FastifyPluginAsync<ConsoleRetentionDeps> = async (
  app,
  { retention },
) => {
  app.get(
    RETENTION,
    { config: { entry: 'console', errorPage: errorPageIn(RETENTION) }, schema: { hide: true } },
    async (request, reply) => {
      const body = bodyOf(await retention.show());
      const page = consolePage(request, { title: 'Retention', current: RETENTION, wide: false, body });
      return sendPage(reply, page);
    },
  );
};

type RetentionStatus = Awaited<ReturnType<Retention['show']>>;

function bodyOf({ days, action, lastRun }: RetentionStatus): string {
  return html`<div class="card">
      <p class="lead">${settingText(days, action)}</p>
      <p>Change this with the settings <code>RETENTION_DAYS</code> and <code>RETENTION_ACTION</code>, and restart the server.
        Statistics and the audit log are kept; neither contains phone numbers.</p>
    </div>
    <h2>Last run</h2>
    !${lastRun === undefined ? html`<p class="empty">No runs yet.</p>` : lastRunFacts(lastRun)}
    <h2>Data of one person</h2>
    <p>To export or erase the data of one person, select them under <a href="${USERS}">Users</a>.</p>`;
}

function settingText(days: number | undefined, action: RetentionStatus['action']): string {
  if (days === undefined) return 'Calls are kept forever.';
  const age = days === 1 ? 'a day' : `${days} days`;
  return action === 'remove'
    ? `Calls that ended more than ${age} ago are deleted, with their events and deliveries.`
    : `Phone numbers and application data are deleted from calls that ended more than ${age} ago.`;
}

function lastRunFacts(run: NonNullable<RetentionStatus['lastRun']>): string {
  const { action, endedBefore, calls, startedAt, finishedAt } = run;
  return facts([
    [
      action === 'remove' ? 'Deleted' : 'Numbers deleted from',
      html`${calls.toLocaleString('en')} calls that ended before !${time(endedBefore)}`,
    ],
    ['Started', time(startedAt)],
    ['Finished', finishedAt ? time(finishedAt) : 'Still running in the background.'],
  ]);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../platform/database/database.ts';
import { startPeriodicJob } from '../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Sender } from '../events/deliveries/sender.ts';
import type { LogoutMeter } from './logout-metrics.ts';
import {
  claimLogoutNotices,
  deleteLogoutNotice,
  type LogoutNotice,
  postponeLogoutNotice,
} from './logout-notice-store.ts';

export type { LogoutNotice } from './logout-notice-store.ts';

/** Milliseconds in which an application must answer. */
export const LOGOUT_TIMEOUT_MS = 5_000;
/** Simultaneous attempts of this node, in all and for one client. */
const MAX_ATTEMPTS = 16;
const MAX_ATTEMPTS_PER_CLIENT = 2;
/** Seconds after which an attempt counts as lost: it sends for at most five, and recording the result times out as well. */
const ATTEMPT_LOST_AFTER = 20;
/** Seconds between the attempts. After the last one the server gives up. */
const WAITS = [5, 30, 3 * 60, 15 * 60];
const MAX_TRIES = WAITS.length + 1;
const CLAIM_EVERY_MS = 1_000;
/** How long running attempts may take when the server stops, and then how long recording the aborted ones may take. */
const DRAIN_MS = 1_000;
const ABORT_MS = 1_000;

/** A signed logout token, and where to send it. */
export interface LogoutMessage {
  readonly url: string;
  readonly token: string;
}

export interface LogoutNoticesDeps {
  readonly database: Database;
  readonly sender: Sender;
  /** Signs a logout token. @returns undefined if the client no longer wants one */
  createMessage(notice: LogoutNotice): Promise<LogoutMessage | undefined>;
  readonly meter: LogoutMeter | undefined;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Sends logout tokens to applications whose users have signed out here (OpenID Connect Back-Channel Logout 1.0). The transaction
 * that ends a session queues the notices (session_ended in database/functions/), so a crash loses none.
 */
export function startLogoutNotices(deps: LogoutNoticesDeps): { stop(): Promise<void> } {
  const { database, log } = deps;
  const running = new Map<Promise<void>, LogoutNotice>();
  const stopping = new AbortController();

  async function claim(): Promise<void> {
    const limits = {
      places: MAX_ATTEMPTS - running.size,
      perClient: MAX_ATTEMPTS_PER_CLIENT,
      lostAfter: ATTEMPT_LOST_AFTER,
    };
    if (limits.places === 0) return;
    const clients = [...running.values()].map(({ clientId }) => clientId);
    for (const notice of await claimLogoutNotices(database, limits, clients)) start(notice);
  }

  function start(notice: LogoutNotice): void {
    const attempt = sendNotice(deps, notice, stopping.signal)
      .catch((error) => log.warn({ err: error }, 'logout: failed to send a logout token; will repeat it'))
      .finally(() => {
        running.delete(attempt);
        claims.runNow(); // there is room for another attempt
      });
    running.set(attempt, notice);
  }

  const claims = startPeriodicJob({
    everyMs: CLAIM_EVERY_MS,
    run: claim,
    onError: (error) => log.warn({ err: error }, 'logout: failed to claim due logout tokens; will retry'),
  });

  return {
    async stop() {
      await claims.stop();
      const drained = Promise.all(running.keys());
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
      stopping.abort();
      await Promise.race([drained, sleep(ABORT_MS, undefined, { ref: false })]);
    },
  };
}

async function sendNotice(
  { database, sender, createMessage, meter, log }: LogoutNoticesDeps,
  notice: LogoutNotice,
  signal: AbortSignal,
): Promise<void> {
  const { id, clientId, attempts } = notice;
  if (attempts > MAX_TRIES) return deleteLogoutNotice(database, id); // nothing has recorded the last one
  const message = await createMessage(notice);
  if (!message) return deleteLogoutNotice(database, id);
  const { ok, status, problem } = await sender.send(requestOf(message), signal);
  if (signal.aborted && !ok) return; // the server stops; the attempt is repeated
  meter?.sent(ok ? 'accepted' : 'failed');
  if (ok) return deleteLogoutNotice(database, id);
  const seconds = WAITS[attempts - 1];
  if (seconds === undefined) {
    log.warn({ clientId, status, problem }, 'logout: application did not accept a logout token; gave up');
    return deleteLogoutNotice(database, id);
  }
  log.info({ clientId, status, problem }, 'logout: application did not accept a logout token; will retry');
  return postponeLogoutNotice(database, id, seconds);
}

/** Section 2.5. */
function requestOf({ url, token }: LogoutMessage) {
  return {
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: token }).toString(),
  };
}

import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { UserCodeThrottle } from '../../../../core/tokens/user-code-throttle.ts';
import type { Queryable } from '../../../../platform/database/database.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import { currentRequest } from './current-request.ts';
import { throwProviderError } from './provider-errors.ts';

/** Seconds that a device waits between two requests (RFC 8628 section 3.2). */
export const POLL_INTERVAL = 5;
/** Seconds that a request may be early, because its way may be shorter than that of the request before. */
const TOLERANCE = 1;

/** Device codes are artifacts. Their devices must not poll too often, and their user codes cannot be guessed. */
export function createDeviceCodeAdapter(db: Queryable, throttle: UserCodeThrottle): Adapter {
  const artifacts = createArtifactAdapter(db, 'DeviceCode');
  return {
    ...artifacts,

    /** At the token endpoint, this is a poll. */
    async find(id) {
      const code = await artifacts.find(id);
      if (code && isPendingPoll(code) && (await pollsTooSoon(db, id))) throw new errors.SlowDown();
      return code;
    },

    async findByUserCode(userCode) {
      const request = currentRequest();
      if (!request) return artifacts.findByUserCode(userCode);
      const attempt = await throttle
        .begin({ ipAddress: request.ip, sessionId: request.oidc.session?.uid })
        .catch(throwProviderError);
      const code = await artifacts.findByUserCode(userCode);
      if (code) await attempt.succeed().catch(throwProviderError);
      return code;
    },
  };
}

/** Whether a device polls for its own code while the user has not decided: `slow_down` is a variant of `authorization_pending`. */
function isPendingPoll({ accountId, clientId, consumed, error, exp }: AdapterPayload): boolean {
  const oidc = currentRequest()?.oidc;
  return (
    oidc?.route === 'token' &&
    oidc.client?.clientId === clientId &&
    !accountId &&
    !error &&
    !consumed &&
    Number(exp) > Date.now() / 1000
  );
}

/** Records a poll. One that is too soon adds 5 seconds to the interval of its device code (RFC 8628 section 3.5). */
async function pollsTooSoon(db: Queryable, id: string): Promise<boolean> {
  const [row] = await db.query<{ soon: boolean }>(
    {
      name: 'poll_device_code',
      text: `UPDATE artifacts a
                SET polled_at = now(), poll_interval = before.interval + CASE WHEN before.soon THEN 5 ELSE 0 END
               FROM (SELECT id, interval, coalesce(now() < polled_at + (interval - $3) * interval '1 second', false) AS soon
                       FROM (SELECT id, polled_at, coalesce(poll_interval, $2) AS interval
                               FROM artifacts WHERE model = 'DeviceCode' AND id = $1 FOR UPDATE) AS locked) AS before
              WHERE a.model = 'DeviceCode' AND a.id = before.id
              RETURNING before.soon`,
    },
    [id, POLL_INTERVAL, TOLERANCE],
  );
  return row?.soon === true;
}

import { randomBytes, randomUUID } from 'node:crypto';
import { createSealedBox } from '../../../src/platform/secrets/sealed-box.ts';
import { ENCRYPTION_KEY, type TestApp } from '../../harness/app.ts';

/** The states that a call goes through before it ends, and how it ends. */
export const WHOLE_LIFE = ['callingCaller', 'callingCallee', 'connected', 'disconnected'] as const;

/**
 * Inserts a call in the first state of a carrier, and notifies the nodes.
 * @param given more columns of the call
 * @returns its id
 */
export async function openCallOf(
  app: Pick<TestApp, 'sql'>,
  given: { userName: string; clientId: string } & Record<string, unknown>,
): Promise<string> {
  const { userName, clientId, ...columns } = given;
  const id = String(columns['id'] ?? randomBytes(16).toString('hex'));
  const call = {
    ...{ id, client_id: clientId, caller: '+447700900000', callee: '+447700900123', state: 'initiating' },
    ...{
      carrier: 'simulator',
      costs: false,
      ring_timeout: 60,
      time_limit: 3600,
      metadata: {},
      recording_enabled: false,
    },
    ...(columns['sink'] !== undefined && { sink_correlator: 'of the request' }),
    ...columns,
  };
  await app.sql(
    `WITH opened AS (
       INSERT INTO calls
       SELECT (jsonb_populate_record(NULL::calls, $1::jsonb || jsonb_build_object(
                 'user_id', u.id, 'created_at', clock_timestamp(), 'deadline_at', now() + interval '1 hour'))).*
         FROM users u WHERE u.name = $2
       RETURNING calls AS call)
     SELECT append_call_events(array_agg(call)), announce_calls(array_agg(call)) FROM opened`,
    [JSON.stringify(call), userName],
  );
  return id;
}

/** Inserts a webhook, for a server in a process of its own. @returns its secret */
export async function insertWebhook(
  app: Pick<TestApp, 'sql'>,
  { clientId, url }: { clientId: string; url: string },
): Promise<string> {
  const id = randomUUID();
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const sealed = createSealedBox([Buffer.from(ENCRYPTION_KEY, 'base64')]).seal(secret, id);
  await app.sql('INSERT INTO webhooks (id, client_id, url, secret) VALUES ($1, $2, $3, $4)', [
    ...[id, clientId, url, sealed],
  ]);
  return secret;
}

/** The columns of a call with a sink and its token. */
export function sinkColumns(id: string, sink: string, token: string, expiresAt = 'infinity') {
  const sealed = createSealedBox([Buffer.from(ENCRYPTION_KEY, 'base64')]).seal(token, id);
  return { id, sink, sink_token: `\\x${sealed.toString('hex')}`, sink_token_expires_at: expiresAt };
}

export async function moveCall(
  app: Pick<TestApp, 'sql'>,
  id: string,
  state: string,
  reason: string | null = state === 'disconnected' ? 'hangUp' : null,
): Promise<void> {
  const ended = state === 'disconnected' || state === 'failed';
  await app.sql('SELECT announce_calls(array_agg(m)) FROM move_call($1, $2, $3, $4) AS m', [
    id,
    state,
    reason,
    ended ? 'carrier' : null,
  ]);
}

/** Makes all waiting deliveries due. */
export async function makeRetriesDue(app: Pick<TestApp, 'sql'>): Promise<void> {
  await app.sql(`UPDATE deliveries SET attempt_at = now() WHERE state = 'retrying' AND attempt_at > now()`);
}

/** Makes time pass for all attempts in progress, as if their server had been killed. */
export async function loseAttempts(app: Pick<TestApp, 'sql'>): Promise<void> {
  await app.sql(`UPDATE deliveries SET attempt_at = now() WHERE state = 'attempting'`);
}

export interface KeptDelivery {
  readonly id: string;
  readonly state: string;
  readonly attempts: readonly { readonly status: number | null; readonly problem: string | null }[];
}

/** The rows, oldest first. */
export function deliveriesOf(app: Pick<TestApp, 'sql'>, callId: string): Promise<KeptDelivery[]> {
  return app.sql<KeptDelivery>(
    `SELECT d.id, d.state,
            coalesce((SELECT jsonb_agg(to_jsonb(a) ORDER BY a.id) FROM delivery_attempts a WHERE a.delivery_id = d.id), '[]') AS attempts
       FROM deliveries d WHERE d.call_id = $1 ORDER BY d.id`,
    [callId],
  );
}

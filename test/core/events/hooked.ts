import { Webhook } from 'standardwebhooks';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import type { TestApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { openCallOf } from './events.ts';
import { type Received, startReceiver } from './receiver.ts';

/** A client with a webhook at its own receiver; the calls belong to the user anna. */
export async function addHooked(app: TestApp) {
  const receiver = await startReceiver();
  const { client } = await addModernClient(app);
  const { webhook, secret } = await app.events.webhooks.addWebhook(
    client.id,
    { url: `${receiver.url}/hook` },
    COMMAND_LINE,
  );
  const open = (columns = {}) => openCallOf(app, { userName: 'anna', clientId: client.id, ...columns });
  return { receiver, clientId: client.id, webhook, secret, open };
}

/** @throws WebhookVerificationError */
export function verify({ headers, body }: Received, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

export const typeOf = ({ body }: Received): string => JSON.parse(body).type;
export const idOf = ({ headers }: Received) => headers['webhook-id'];

import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import {
  createDeliveryService,
  type Delivery,
  type DeliveryService,
} from '../core/events/deliveries/delivery-service.ts';
import {
  createWebhookService,
  type Webhook,
  type WebhookService,
  type WebhookWithSecret,
} from '../core/events/webhooks/webhook-service.ts';
import { findEncryptionKeys } from '../platform/secrets/encryption-keys.ts';
import { createSealedBox } from '../platform/secrets/sealed-box.ts';
import { addCommand, wholeNumber, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';

const DEFAULT_COUNT = 100;

export function addWebhookCommands(program: Command): void {
  const webhook = program.command('webhook').description('URLs that receive the events of a client’s calls');

  addCommand(webhook, 'add <client> <url>', 'add a webhook and show its secret once').action(
    (client: string, url: string, options) =>
      withWebhooks(async (webhooks) =>
        printRow(webhookWithSecretRow(await webhooks.addWebhook(client, url, COMMAND_LINE)), options.json),
      ),
  );

  addCommand(webhook, 'list <client>', 'list the webhooks of a client').action((client: string, options) =>
    withWebhooks(async (webhooks) =>
      printRows((await webhooks.listWebhooks(client)).map(webhookRow), options.json),
    ),
  );

  addCommand(
    webhook,
    'rotate <id>',
    'replace the secret and show the new one once; messages are also signed with the old one for a day',
  ).action((id: string, options) =>
    withWebhooks(async (webhooks) =>
      printRow(webhookWithSecretRow(await webhooks.rotateSecret(id, null, COMMAND_LINE)), options.json),
    ),
  );

  addCommand(webhook, 'remove <id>', 'remove a webhook and its deliveries').action((id: string, options) =>
    withWebhooks(async (webhooks) => {
      await webhooks.removeWebhook(id, null, COMMAND_LINE);
      printRow({ id, removed: true }, options.json);
    }),
  );

  addCommand(webhook, 'deliveries <id>', 'list the deliveries to a webhook, newest first')
    .option('--count <n>', 'list at most this many', wholeNumber, DEFAULT_COUNT)
    .action((id: string, options) =>
      withWebhooks(async (webhooks, deliveries) => {
        const { id: webhookId } = await webhooks.findWebhook(id, null);
        const page = await deliveries.listDeliveries({ webhookId }, { size: options.count });
        printRows(page.items.map(deliveryRow), options.json);
      }),
    );

  addCommand(webhook, 'resend <delivery>', 'send a delivery again, or a waiting one at once').action(
    (id: string, options) =>
      withWebhooks(async (_webhooks, deliveries) =>
        printRow(deliveryRow(await deliveries.resend(id, null, COMMAND_LINE)), options.json),
      ),
  );
}

/** Reads the keys only to encrypt, so that the other commands work without ENCRYPTION_KEY. */
function withWebhooks<T>(
  work: (webhooks: WebhookService, deliveries: DeliveryService) => Promise<T>,
): Promise<T> {
  return withDatabase(async ({ config, database }) => {
    const secrets = {
      seal: async (secret: string, owner: string) =>
        createSealedBox(await findEncryptionKeys(config)).seal(secret, owner),
    };
    const webhooks = createWebhookService({ database, secrets, allowHosts: config.sinkAllowHosts });
    return work(webhooks, createDeliveryService(database));
  });
}

function webhookRow({ id, clientId, url, createdAt }: Webhook) {
  return { id, client: clientId, url, created: createdAt };
}

function webhookWithSecretRow({ webhook, secret }: WebhookWithSecret) {
  return { ...webhookRow(webhook), secret };
}

function deliveryRow({ id, callId, event, state, createdAt, attempts }: Delivery) {
  const last = attempts.at(-1);
  return {
    id,
    call: callId,
    event,
    state,
    created: createdAt,
    attempts: attempts.length,
    last: last?.problem ?? last?.status,
  };
}

import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import { CALL_STATES } from '../core/calls/call.ts';
import {
  createDeliveryService,
  type Delivery,
  type DeliveryService,
  type Pause,
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

  addCommand(webhook, 'add <client> <url>', 'add a webhook and show its secret once')
    .option('--event <state...>', `send only these events: ${CALL_STATES.join(', ')}`)
    .action((client: string, url: string, options) =>
      withWebhooks(async (webhooks) => {
        const added = await webhooks.addWebhook(client, { url, events: options.event }, COMMAND_LINE);
        printRow(webhookWithSecretRow(added), options.json);
      }),
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

  addCommand(
    webhook,
    'events <id> [states...]',
    'choose which events are sent, by the states of calls; none: all',
  ).action((id: string, states: string[], options) =>
    withWebhooks(async (webhooks) => {
      const events = states.length === 0 ? null : states;
      printRow(webhookRow(await webhooks.setEvents(id, null, events, COMMAND_LINE)), options.json);
    }),
  );

  addCommand(webhook, 'disable <id>', 'send no more events, and stop the pending deliveries').action(
    (id: string, options) =>
      withWebhooks(async (webhooks) =>
        printRow(webhookRow(await webhooks.setDisabled(id, null, true, COMMAND_LINE)), options.json),
      ),
  );

  addCommand(webhook, 'enable <id>', 'enable a disabled webhook; what it missed is not sent').action(
    (id: string, options) =>
      withWebhooks(async (webhooks) =>
        printRow(webhookRow(await webhooks.setDisabled(id, null, false, COMMAND_LINE)), options.json),
      ),
  );

  addCommand(
    webhook,
    'test <id>',
    'queue a test event, which a running server sends; see the result with `webhook deliveries`',
  ).action((id: string, options) =>
    withWebhooks(async (_webhooks, deliveries) =>
      printRow(deliveryRow(await deliveries.sendTest(id, null, COMMAND_LINE)), options.json),
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

function webhookRow({ id, clientId, url, events, createdAt, disabledReason, pause }: Webhook) {
  const paused = pause && pauseText(pause);
  const state = disabledReason === null ? (paused ?? 'enabled') : `disabled (${disabledReason})`;
  return { id, client: clientId, url, events: events ?? 'all', state, created: createdAt };
}

function pauseText({ until, timeouts }: Pause): string {
  return `paused until ${until}, because the receiver did not answer ${timeouts} times`;
}

function webhookWithSecretRow({ webhook, secret }: WebhookWithSecret) {
  return { ...webhookRow(webhook), secret };
}

function deliveryRow({ id, callId, event, state, pause, createdAt, attempts }: Delivery) {
  const last = attempts.at(-1);
  return {
    id,
    call: callId,
    event,
    state: pause ? pauseText(pause) : state,
    created: createdAt,
    attempts: attempts.length,
    last: last?.problem ?? last?.status,
  };
}

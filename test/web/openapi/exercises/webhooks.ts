import { COMMAND_LINE } from '../../../../src/core/audit/actor.ts';
import { openCallOf } from '../../../core/events/events.ts';
import { addModernClient } from '../../../harness/people.ts';
import type { Exercise, ExercisesOfFace, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

const BASE = '/api/v1';
/** Refused at every attempt, without a look-up. */
const NOWHERE = 'https://10.0.0.1/';
const url = 'https://hooks.example/calls';

const byAdministrator =
  (sent: Sent): Exercise =>
  ({ tokens }) => ({ ...sent, token: tokens.administrator });
const byClient =
  (sent: Sent): Exercise =>
  ({ tokens }) => ({ ...sent, token: tokens.application });

async function ownId({ app, tokens }: Stage): Promise<string> {
  const [row] = await app.sql<{ id: string }>(
    `SELECT client_id AS id FROM access_tokens WHERE hash = sha256(convert_to($1, 'UTF8'))`,
    [tokens.application],
  );
  return row?.id ?? '';
}

/** One webhook, the client's only one. */
async function addTo({ app }: Stage, clientId: string): Promise<string> {
  await app.sql('DELETE FROM webhooks WHERE client_id = $1', [clientId]);
  return (await app.events.webhooks.addWebhook(clientId, { url }, COMMAND_LINE)).webhook.id;
}

/** A call of the client, with a delivery to its sink. */
async function withDelivery({ app }: Stage, clientId: string) {
  const call = await openCallOf(app, { userName: 'anna', clientId, sink: NOWHERE });
  const [row] = await app.sql<{ id: string }>('SELECT id FROM deliveries WHERE call_id = $1', [call]);
  return { call, delivery: row?.id ?? '' };
}

async function fill(stage: Stage, clientId: string): Promise<void> {
  await addTo(stage, clientId);
  for (let count = 1; count < 10; count++)
    await stage.app.events.webhooks.addWebhook(clientId, { url }, COMMAND_LINE);
}

const onClient =
  (suffix: (webhook: string) => string, json?: unknown): Exercise =>
  async (stage) => {
    const { client } = await addModernClient(stage.app);
    const path = `/admin/clients/${client.id}/webhooks${suffix(await addTo(stage, client.id))}`;
    return byAdministrator({ path, ...(json !== undefined && { json }) })(stage);
  };

const onOwn =
  (suffix: string, json?: unknown): Exercise =>
  async (stage) => {
    const webhook = await addTo(stage, await ownId(stage));
    const path = `${BASE}/webhooks/${webhook}${suffix}`;
    return byClient({ path, ...(json !== undefined && { json }) })(stage);
  };

/** After as many test events as a webhook may get. */
const onceMore =
  (exercise: Exercise): Exercise =>
  async (stage) => {
    const sent = await exercise(stage);
    const id = /webhooks\/([^/]+)\/test$/.exec(sent.path)?.[1] ?? '';
    for (let tests = 0; tests < 5; tests++)
      await stage.app.events.deliveries.sendTest(id, null, COMMAND_LINE);
    return sent;
  };

/** A test event of a webhook that has got as many as it may. @returns the id of its delivery */
async function lastTest(stage: Stage, clientId: string): Promise<string> {
  const webhook = await addTo(stage, clientId);
  let delivery = '';
  for (let tests = 0; tests < 5; tests++)
    delivery = (await stage.app.events.deliveries.sendTest(webhook, null, COMMAND_LINE)).id;
  return delivery;
}

const deliveriesOf =
  (page: string): Exercise =>
  async (stage) => {
    const clientId = await ownId(stage);
    const id = await addTo(stage, clientId);
    for (let count = 0; count < 3; count++) await withDelivery(stage, clientId);
    return { path: page.replace('{id}', id) };
  };

export const webhooks: ExercisesOfFace = {
  listWebhooks: {
    ordinary: async (stage) => {
      await addTo(stage, await ownId(stage));
      return byClient({ path: `${BASE}/webhooks` })(stage);
    },
  },
  addWebhook: {
    ordinary: async (stage) => {
      await addTo(stage, await ownId(stage));
      return byClient({ path: `${BASE}/webhooks`, json: { url } })(stage);
    },
    others: {
      '400 invalid_input': byClient({ path: `${BASE}/webhooks`, json: { url: 'http://hooks.example/' } }),
      '409 webhook_limit_reached': async (stage) => {
        await fill(stage, await ownId(stage));
        return byClient({ path: `${BASE}/webhooks`, json: { url } })(stage);
      },
    },
  },
  showWebhook: {
    ordinary: onOwn(''),
    others: { '404 webhook_not_found': byClient({ path: `${BASE}/webhooks/unknown` }) },
  },
  removeWebhook: {
    ordinary: onOwn(''),
    others: {
      '404 webhook_not_found': byClient({ path: `${BASE}/webhooks/unknown` }),
    },
  },
  rotateWebhookSecret: {
    ordinary: onOwn('/secret'),
    others: {
      '404 webhook_not_found': byClient({ path: `${BASE}/webhooks/unknown/secret` }),
    },
  },
  setWebhookEvents: {
    ordinary: onOwn('/events', { events: ['disconnected'] }),
    others: {
      '400 invalid_input': onOwn('/events', { events: ['unknown'] }),
      '404 webhook_not_found': byClient({ path: `${BASE}/webhooks/unknown/events`, json: { events: null } }),
    },
  },
  setWebhookDisabled: {
    ordinary: onOwn('/disabled', { disabled: true }),
    others: {
      '400 invalid_input': onOwn('/disabled', { disabled: 1 }),
      '404 webhook_not_found': byClient({
        path: `${BASE}/webhooks/unknown/disabled`,
        json: { disabled: true },
      }),
    },
  },
  testWebhook: {
    ordinary: onOwn('/test'),
    others: {
      '404 webhook_not_found': byClient({ path: `${BASE}/webhooks/unknown/test` }),
      '429 test_limit_reached': onceMore(onOwn('/test')),
    },
  },
  listWebhookDeliveries: {
    ordinary: async (stage) =>
      byClient(await deliveriesOf(`${BASE}/webhooks/{id}/deliveries?page_size=2`)(stage))(stage),
    others: {
      '404 webhook_not_found': byClient({ path: `${BASE}/webhooks/unknown/deliveries` }),
    },
  },
  listDeliveries: {
    ordinary: async (stage) => {
      const { call } = await withDelivery(stage, await ownId(stage));
      return byClient({ path: `${BASE}/deliveries?callId=${call}` })(stage);
    },
    others: {
      '200': async (stage) => byClient(await deliveriesOf(`${BASE}/deliveries?page_size=2`)(stage))(stage),
      '400 invalid_input': byClient({ path: `${BASE}/deliveries?page_size=0` }),
    },
  },
  showDelivery: {
    ordinary: async (stage) => {
      const { delivery } = await withDelivery(stage, await ownId(stage));
      return byClient({ path: `${BASE}/deliveries/${delivery}` })(stage);
    },
    others: { '404 delivery_not_found': byClient({ path: `${BASE}/deliveries/unknown` }) },
  },
  resendDelivery: {
    ordinary: async (stage) => {
      const { delivery } = await withDelivery(stage, await ownId(stage));
      return byClient({ path: `${BASE}/deliveries/${delivery}/resend` })(stage);
    },
    others: {
      '404 delivery_not_found': byClient({ path: `${BASE}/deliveries/unknown/resend` }),
      '429 test_limit_reached': async (stage) =>
        byClient({ path: `${BASE}/deliveries/${await lastTest(stage, await ownId(stage))}/resend` })(stage),
    },
  },

  listWebhooksOfClient: {
    ordinary: onClient(() => ''),
    others: { '404 client_not_found': byAdministrator({ path: '/admin/clients/unknown/webhooks' }) },
  },
  addWebhookOfClient: {
    ordinary: onClient(() => '', { url }),
    others: {
      '400 invalid_input': onClient(() => '', { url: 'https://localhost/' }),
      '404 client_not_found': byAdministrator({ path: '/admin/clients/unknown/webhooks', json: { url } }),
      '409 webhook_limit_reached': async (stage) => {
        const { client } = await addModernClient(stage.app);
        await fill(stage, client.id);
        return byAdministrator({ path: `/admin/clients/${client.id}/webhooks`, json: { url } })(stage);
      },
    },
  },
  findAnyWebhook: {
    ordinary: async (stage) => {
      const { client } = await addModernClient(stage.app);
      return byAdministrator({ path: `/admin/webhooks/${await addTo(stage, client.id)}` })(stage);
    },
    others: { '404 webhook_not_found': byAdministrator({ path: '/admin/webhooks/unknown' }) },
  },
  removeWebhookOfClient: {
    ordinary: onClient((webhook) => `/${webhook}`),
    others: { '404 webhook_not_found': onClient(() => '/unknown') },
  },
  rotateWebhookSecretOfClient: {
    ordinary: onClient((webhook) => `/${webhook}/secret`),
    others: { '404 webhook_not_found': onClient(() => '/unknown/secret') },
  },
  setWebhookEventsOfClient: {
    ordinary: onClient((webhook) => `/${webhook}/events`, { events: ['connected', 'failed'] }),
    others: {
      '400 invalid_input': onClient((webhook) => `/${webhook}/events`, { events: [] }),
      '404 webhook_not_found': onClient(() => '/unknown/events', { events: null }),
    },
  },
  setWebhookDisabledOfClient: {
    ordinary: onClient((webhook) => `/${webhook}/disabled`, { disabled: true }),
    others: {
      '400 invalid_input': onClient((webhook) => `/${webhook}/disabled`, {}),
      '404 webhook_not_found': onClient(() => '/unknown/disabled', { disabled: true }),
    },
  },
  testWebhookOfClient: {
    ordinary: onClient((webhook) => `/${webhook}/test`),
    others: {
      '404 webhook_not_found': onClient(() => '/unknown/test'),
      '429 test_limit_reached': onceMore(onClient((webhook) => `/${webhook}/test`)),
    },
  },
  listDeliveriesOfAnyWebhook: {
    ordinary: async (stage) =>
      byAdministrator(await deliveriesOf('/admin/webhooks/{id}/deliveries?page_size=2')(stage))(stage),
    others: { '404 webhook_not_found': byAdministrator({ path: '/admin/webhooks/unknown/deliveries' }) },
  },
  listDeliveriesOfAnyCall: {
    ordinary: async (stage) => {
      const { call } = await withDelivery(stage, await ownId(stage));
      return byAdministrator({ path: `/admin/calls/${call}/deliveries` })(stage);
    },
    others: { '404 call_not_found': byAdministrator({ path: '/admin/calls/unknown/deliveries' }) },
  },
  resendAnyDelivery: {
    ordinary: async (stage) => {
      const { delivery } = await withDelivery(stage, await ownId(stage));
      return byAdministrator({ path: `/admin/deliveries/${delivery}/resend` })(stage);
    },
    others: {
      '404 delivery_not_found': byAdministrator({ path: '/admin/deliveries/unknown/resend' }),
      '429 test_limit_reached': async (stage) =>
        byAdministrator({ path: `/admin/deliveries/${await lastTest(stage, await ownId(stage))}/resend` })(
          stage,
        ),
    },
  },
};

import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../../platform/database/database.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { ClientNotFound } from '../../clients/client-errors.ts';
import { checkSinkUrl } from '../deliveries/sink-url.ts';
import { WebhookLimitReached, WebhookNotFound } from './webhook-errors.ts';
import * as store from './webhook-store.ts';

export type { Webhook } from './webhook-store.ts';

const MAX_WEBHOOKS_PER_CLIENT = 10;
const SECRET_BYTES = 32;
/** Seconds after a rotation in which the old secret also signs messages. */
const OVERLAP = 24 * 3600;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A webhook with its secret, `whsec_…` (Standard Webhooks), which is shown only once. */
export interface WebhookWithSecret {
  readonly webhook: store.Webhook;
  readonly secret: string;
}

/** Webhooks of clients. `clientId` is the client that asks; null for an administrator, who sees all webhooks. */
export interface WebhookService {
  /** @throws InvalidInput for the URL, ClientNotFound, WebhookLimitReached */
  addWebhook(clientId: string, url: string, actor: Actor): Promise<WebhookWithSecret>;
  /** Oldest first. */
  listWebhooks(clientId: string): Promise<store.Webhook[]>;
  /** @throws WebhookNotFound also for another client's webhook */
  findWebhook(id: string, clientId: string | null): Promise<store.Webhook>;
  /** For a day, messages are also signed with the old secret. @throws WebhookNotFound also for another client's webhook */
  rotateSecret(id: string, clientId: string | null, actor: Actor): Promise<WebhookWithSecret>;
  /**
   * Removes a webhook with its deliveries. Only an attempt that has already started still reaches it.
   * @throws WebhookNotFound also for another client's webhook
   */
  removeWebhook(id: string, clientId: string | null, actor: Actor): Promise<void>;
}

export interface WebhookServiceDeps {
  readonly database: Database;
  readonly secrets: { seal(secret: string, owner: string): Buffer | Promise<Buffer> };
  readonly allowHosts: readonly string[];
}

export function createWebhookService({ database, secrets, allowHosts }: WebhookServiceDeps): WebhookService {
  return {
    async addWebhook(clientId, givenUrl, actor) {
      const url = checkSinkUrl(givenUrl, allowHosts, 'url');
      const id = randomUUID();
      const secret = createSecret();
      const sealed = await secrets.seal(secret, id);
      const webhook = await database.transaction(async (tx) => {
        const count = await store.lockAndCount(tx, clientId);
        if (count === undefined) throw new ClientNotFound(clientId);
        if (count >= MAX_WEBHOOKS_PER_CLIENT) throw new WebhookLimitReached(MAX_WEBHOOKS_PER_CLIENT);
        const inserted = await store.insertWebhook(tx, { id, clientId, url, secret: sealed });
        await recordAct(tx, actor, { action: 'webhookAdded', clientId, subject: id, details: hostOf(url) });
        return inserted;
      });
      return { webhook, secret };
    },

    listWebhooks: (clientId) => store.listWebhooks(database, clientId),

    async findWebhook(id, clientId) {
      const webhook = UUID.test(id) && (await store.findWebhook(database, id, clientId));
      if (!webhook) throw new WebhookNotFound(id);
      return webhook;
    },

    async rotateSecret(id, clientId, actor) {
      if (!UUID.test(id)) throw new WebhookNotFound(id);
      const secret = createSecret();
      const sealed = await secrets.seal(secret, id.toLowerCase());
      const webhook = await database.transaction(async (tx) => {
        const replacement = { id, clientId, secret: sealed, overlapSeconds: OVERLAP };
        const updated = await store.replaceSecret(tx, replacement);
        if (!updated) throw new WebhookNotFound(id);
        const act = {
          action: 'webhookSecretRotated',
          clientId: updated.clientId,
          subject: updated.id,
        } as const;
        await recordAct(tx, actor, act);
        return updated;
      });
      return { webhook, secret };
    },

    async removeWebhook(id, clientId, actor) {
      if (!UUID.test(id)) throw new WebhookNotFound(id);
      await database.transaction(async (tx) => {
        const removed = await store.markRemoved(tx, id, clientId);
        if (!removed) throw new WebhookNotFound(id);
        const act = { action: 'webhookRemoved', clientId: removed.clientId, subject: removed.id } as const;
        await recordAct(tx, actor, { ...act, details: hostOf(removed.url) });
      });
    },
  };
}

/** Only the host: the rest of the URL may contain a secret of the receiver. */
function hostOf(url: string) {
  return { host: new URL(url).host };
}

function createSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../../platform/database/database.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { ClientNotFound } from '../../clients/client-errors.ts';
import { checkSinkUrl } from '../deliveries/sink-url.ts';
import { WebhookLimitReached, WebhookNotFound } from './webhook-errors.ts';
import * as store from './webhook-store.ts';

export type { Webhook } from './webhook-store.ts';

const MOST_OF_ONE_CLIENT = 10;
const SECRET_BYTES = 32;
/** How long messages are signed with the old secret, too, after it was replaced; in seconds. */
const OVERLAP = 24 * 3600;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A webhook with its secret, `whsec_…` (Standard Webhooks), which is shown this once. */
export interface WebhookWithSecret {
  readonly webhook: store.Webhook;
  readonly secret: string;
}

export type WebhookService = ReturnType<typeof createWebhookService>;

export interface WebhookServiceDeps {
  readonly database: Database;
  readonly secrets: { seal(secret: string, owner: string): Buffer | Promise<Buffer> };
  readonly allowHosts: readonly string[];
}

/** Webhooks of clients. A client sees its own; `clientId` null is an administrator's sight of all. */
export function createWebhookService({ database, secrets, allowHosts }: WebhookServiceDeps) {
  return {
    /** @throws InvalidInput for the URL, ClientNotFound, WebhookLimitReached */
    async addWebhook(clientId: string, address: string, actor: Actor): Promise<WebhookWithSecret> {
      const url = checkSinkUrl(address, allowHosts, 'url');
      const id = randomUUID();
      const secret = createSecret();
      const sealed = await secrets.seal(secret, id);
      const webhook = await database.transaction(async (tx) => {
        const count = await store.lockAndCount(tx, clientId);
        if (count === undefined) throw new ClientNotFound(clientId);
        if (count >= MOST_OF_ONE_CLIENT) throw new WebhookLimitReached(MOST_OF_ONE_CLIENT);
        const inserted = await store.insertWebhook(tx, { id, clientId, url, secret: sealed });
        await recordAct(tx, actor, { action: 'webhookAdded', clientId, subject: id, details: hostOf(url) });
        return inserted;
      });
      return { webhook, secret };
    },

    /** Oldest first. */
    listWebhooks: (clientId: string) => store.listWebhooks(database, clientId),

    /** @throws WebhookNotFound also for another client's */
    async findWebhook(id: string, clientId: string | null): Promise<store.Webhook> {
      const webhook = UUID.test(id) && (await store.findWebhook(database, id, clientId));
      if (!webhook) throw new WebhookNotFound(id);
      return webhook;
    },

    /** For a day messages are signed with the old secret, too. @throws WebhookNotFound also for another client's */
    async rotateSecret(id: string, clientId: string | null, actor: Actor): Promise<WebhookWithSecret> {
      if (!UUID.test(id)) throw new WebhookNotFound(id);
      const secret = createSecret();
      const sealed = await secrets.seal(secret, id.toLowerCase());
      const webhook = await database.transaction(async (tx) => {
        const replaced = { id, clientId, secret: sealed, overlapSeconds: OVERLAP };
        const found = await store.replaceSecret(tx, replaced);
        if (!found) throw new WebhookNotFound(id);
        const act = { action: 'webhookSecretRotated', clientId: found.clientId, subject: found.id } as const;
        await recordAct(tx, actor, act);
        return found;
      });
      return { webhook, secret };
    },

    /**
     * With its deliveries: none is listed, resent or attempted any more, but for an attempt that has begun.
     * @throws WebhookNotFound also for another client's
     */
    async removeWebhook(id: string, clientId: string | null, actor: Actor): Promise<void> {
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

/** The rest of the address may hold a secret of the receiver's. */
function hostOf(url: string) {
  return { host: new URL(url).host };
}

function createSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

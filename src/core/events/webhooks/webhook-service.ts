import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../../platform/database/database.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { CALL_STATES, type CallState } from '../../calls/call.ts';
import { ClientNotFound } from '../../clients/client-errors.ts';
import { checkSinkUrl } from '../deliveries/sink-url.ts';
import { changeDisabled } from './webhook-disabling.ts';
import { WebhookLimitReached, WebhookNotFound } from './webhook-errors.ts';
import * as store from './webhook-store.ts';

export { DISABLED_REASONS, type Webhook } from './webhook-store.ts';

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

export interface NewWebhook {
  readonly url: string;
  /** Which states of calls it reports; null or undefined: all, including those of later versions. */
  readonly events?: readonly string[] | null | undefined;
}

/** Webhooks of clients. `clientId` is the client that asks; null for an administrator, who sees all webhooks. */
export interface WebhookService {
  /** @throws InvalidInput for the URL and the events, ClientNotFound, WebhookLimitReached */
  addWebhook(clientId: string, webhook: NewWebhook, actor: Actor): Promise<WebhookWithSecret>;
  /** Oldest first. */
  listWebhooks(clientId: string): Promise<store.Webhook[]>;
  /** @throws WebhookNotFound also for another client's webhook */
  findWebhook(id: string, clientId: string | null): Promise<store.Webhook>;
  /**
   * Chooses which later events are sent.
   * @param events null: all
   * @throws InvalidInput, WebhookNotFound also for another client's webhook
   */
  setEvents(
    id: string,
    clientId: string | null,
    events: NewWebhook['events'],
    actor: Actor,
  ): Promise<store.Webhook>;
  /**
   * A disabled webhook gets no later events, and what waits for it is stopped. Enabling it does not send what was missed.
   * @throws WebhookNotFound also for another client's webhook
   */
  setDisabled(id: string, clientId: string | null, disabled: boolean, actor: Actor): Promise<store.Webhook>;
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
  async function findWebhook(id: string, clientId: string | null): Promise<store.Webhook> {
    const webhook = UUID.test(id) && (await store.findWebhook(database, id, clientId));
    if (!webhook) throw new WebhookNotFound(id);
    return webhook;
  }

  return {
    async addWebhook(clientId, given, actor) {
      const url = checkSinkUrl(given.url, allowHosts, 'url');
      const events = checkEvents(given.events);
      const id = randomUUID();
      const secret = createSecret();
      const sealed = await secrets.seal(secret, id);
      const webhook = await database.transaction(async (tx) => {
        const count = await store.lockAndCount(tx, clientId);
        if (count === undefined) throw new ClientNotFound(clientId);
        if (count >= MAX_WEBHOOKS_PER_CLIENT) throw new WebhookLimitReached(MAX_WEBHOOKS_PER_CLIENT);
        const inserted = await store.insertWebhook(tx, { id, clientId, url, events, secret: sealed });
        await recordAct(tx, actor, { action: 'webhookAdded', clientId, subject: id, details: hostOf(url) });
        return inserted;
      });
      return { webhook, secret };
    },

    listWebhooks: (clientId) => store.listWebhooks(database, clientId),

    findWebhook,

    async setEvents(id, clientId, given, actor) {
      const events = checkEvents(given);
      if (!UUID.test(id)) throw new WebhookNotFound(id);
      const changed = await database.transaction(async (tx) => {
        const webhook = await store.setEvents(tx, id, clientId, events);
        if (!webhook) return undefined;
        const act = {
          action: 'webhookEventsChanged',
          clientId: webhook.clientId,
          subject: webhook.id,
        } as const;
        await recordAct(tx, actor, { ...act, details: { events } });
        return webhook;
      });
      return changed ?? findWebhook(id, clientId);
    },

    async setDisabled(id, clientId, disabled, actor) {
      if (!UUID.test(id)) throw new WebhookNotFound(id);
      const reason = disabled ? 'requested' : null;
      const changed = await database.transaction((tx) => changeDisabled(tx, { id, clientId, reason }, actor));
      return changed ?? findWebhook(id, clientId);
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

/** @returns the events in the order of a call; null: all. @throws InvalidInput */
function checkEvents(given: NewWebhook['events']): readonly CallState[] | null {
  if (given === null || given === undefined) return null;
  const unknown = given.find((event) => !CALL_STATES.some((state) => state === event));
  if (unknown !== undefined || given.length === 0) {
    const why = unknown === undefined ? '' : ` "${unknown.slice(0, 64)}" is unknown.`;
    throw new InvalidInput('events', `events must have at least one of: ${CALL_STATES.join(', ')}.${why}`);
  }
  return CALL_STATES.filter((state) => given.includes(state));
}

/** Only the host: the rest of the URL may contain a secret of the receiver. */
function hostOf(url: string) {
  return { host: new URL(url).host };
}

function createSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

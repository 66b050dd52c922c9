import { CALL_EXPRESSIONS, type Call } from './call.ts';

/** SQL that selects properties of a call under their names. */
export function callColumns(properties: readonly (keyof Call)[]): string {
  return properties.map((property) => `${CALL_EXPRESSIONS[property]} AS "${property}"`).join(', ');
}

/** All properties of a call. */
export const CALL = callColumns(Object.keys(CALL_EXPRESSIONS) as (keyof Call)[]);

/** SQL that selects whether events of a call go to a sink or a webhook. */
export const HAS_RECEIVERS = `
  (c.sink IS NOT NULL OR EXISTS (SELECT FROM webhooks w WHERE w.client_id = c.client_id AND w.removed_at IS NULL
                                                           AND w.disabled_at IS NULL)) AS "hasReceivers"`;

/** SQL that selects a CallChange. */
export const CHANGE = `${callColumns(['state', 'reason', 'carrier'])}, ${HAS_RECEIVERS}, c.id AS "callId", c.user_id AS "userId", c.node_id AS "nodeId"`;

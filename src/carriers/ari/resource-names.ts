import type { LegName } from '../carrier.ts';

export const ARI = 'ari';

/** The call that a channel or bridge in Asterisk belongs to, and its part in the call. */
export interface ResourceName {
  readonly callId: string;
  readonly part: LegName | 'bridge';
}

/**
 * The ids of channels, bridges and recordings in Asterisk. Each contains the id of its call, so that any process knows which call it
 * belongs to.
 */
export interface ResourceNames {
  /** The Stasis application of this node, because Asterisk sends the events of an application to one listener only. */
  readonly application: string;
  channel(callId: string, leg: LegName): string;
  bridge(callId: string): string;
  recording(callId: string): string;
  /** @returns undefined for a channel or bridge of another app */
  parse(id: string): ResourceName | undefined;
  /** @returns the id of the call; undefined for a recording of another app */
  parseRecording(name: string): string | undefined;
}

/** @param app the prefix of all nodes that share a database, and of nothing else */
export function createResourceNames(app: string, nodeId: string): ResourceNames {
  const pattern = new RegExp(`^${app}-([^-]+)-(caller|callee|bridge)$`);
  return {
    application: `${app}-${nodeId}`,
    channel: (callId, leg) => `${app}-${callId}-${leg}`,
    bridge: (callId) => `${app}-${callId}-bridge`,
    recording: (callId) => `${app}-${callId}`,

    parse(id) {
      const [, callId, part] = pattern.exec(id) ?? [];
      return callId === undefined ? undefined : { callId, part: part as ResourceName['part'] };
    },

    parseRecording: (name) => (name.startsWith(`${app}-`) ? name.slice(app.length + 1) : undefined),
  };
}

export const ARI = 'ari';

export const LEGS = ['caller', 'callee'] as const;

export type LegName = (typeof LEGS)[number];

/** The call that a channel or bridge in Asterisk belongs to, and its part in the call. */
export interface ResourceName {
  readonly callId: string;
  readonly part: LegName | 'bridge';
}

export type ResourceNames = ReturnType<typeof createResourceNames>;

/**
 * The ids of channels, bridges and recordings in Asterisk. Each contains the id of its call, so that any process can tell
 * which call it belongs to.
 * @param app the prefix of all nodes that share a database, and of nothing else
 */
export function createResourceNames(app: string, nodeId: string) {
  const pattern = new RegExp(`^${app}-([^-]+)-(caller|callee|bridge)$`);
  return {
    /** The Stasis application: one for each node, since Asterisk sends the events of an application to one listener only. */
    application: `${app}-${nodeId}`,
    channel: (callId: string, leg: LegName) => `${app}-${callId}-${leg}`,
    bridge: (callId: string) => `${app}-${callId}-bridge`,
    recording: (callId: string) => `${app}-${callId}`,

    /** Undefined for an id that is not of this app. */
    parse(id: string): ResourceName | undefined {
      const [, callId, part] = pattern.exec(id) ?? [];
      return callId === undefined ? undefined : { callId, part: part as ResourceName['part'] };
    },

    /** @returns the id of its call; undefined for a recording that is not of this app */
    parseRecording: (name: string): string | undefined =>
      name.startsWith(`${app}-`) ? name.slice(app.length + 1) : undefined,
  };
}

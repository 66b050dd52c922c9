export const ARI = 'ari';

export const LEGS = ['caller', 'callee'] as const;

export type LegName = (typeof LEGS)[number];

/** What a channel or a bridge in Asterisk is to a call. */
export interface Named {
  readonly callId: string;
  readonly part: LegName | 'bridge';
}

export type Names = ReturnType<typeof createNames>;

/**
 * Names in Asterisk that say whose they are: whoever sees a channel knows its call, in any process.
 * @param app of all nodes that share a database, and of nobody else
 */
export function createNames(app: string, nodeId: string) {
  const ours = new RegExp(`^${app}-([^-]+)-(caller|callee|bridge)$`);
  return {
    /** The Stasis application. One a node: Asterisk tells the events of an application to one listener only. */
    application: `${app}-${nodeId}`,
    channel: (callId: string, leg: LegName) => `${app}-${callId}-${leg}`,
    bridge: (callId: string) => `${app}-${callId}-bridge`,
    recording: (callId: string) => `${app}-${callId}`,

    /** Undefined for what is not of any call of ours. */
    read(id: string): Named | undefined {
      const [, callId, part] = ours.exec(id) ?? [];
      return callId === undefined ? undefined : { callId, part: part as Named['part'] };
    },

    readRecording: (name: string): string | undefined =>
      name.startsWith(`${app}-`) ? name.slice(app.length + 1) : undefined,
  };
}

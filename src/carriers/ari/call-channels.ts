import { fillTemplate } from '../address-template.ts';
import type { CarriedCall } from '../carrier.ts';
import { type AriClient, AriError } from './ari-client.ts';
import type { AriConfig } from './ari-config.ts';
import type { LegName, ResourceNames } from './resource-names.ts';

/** The state of a channel as Asterisk's REST interface spells it: `Down`, `Ringing`, `Up` and others. */
export type ChannelState = string;

export type CallChannels = ReturnType<typeof createCallChannels>;

/** The requests of one call to Asterisk. Every function throws AriError. Ending what has ended succeeds. */
export function createCallChannels(
  client: AriClient,
  names: ResourceNames,
  config: AriConfig,
  call: CarriedCall,
) {
  const { callerEndpoint, calleeEndpoint, callerId } = config;
  const parts = { number: call.caller, name: call.userName };
  // recorded media must pass through Asterisk from the start: otherwise the phones send to each other first
  const type = call.recordingEnabled ? 'mixing,proxy_media' : 'mixing';
  const bridge = `/bridges/${names.bridge(call.id)}`;
  const pathOf = (leg: LegName) => `/channels/${names.channel(call.id, leg)}`;
  const plans = {
    caller: { endpoint: fillTemplate(callerEndpoint, parts), shows: call.callee, originator: undefined },
    callee: {
      endpoint: fillTemplate(calleeEndpoint, { ...parts, number: call.callee }),
      shows: fillTemplate(callerId, parts),
      originator: names.channel(call.id, 'caller'),
    },
  };

  return {
    /** Creates a channel. Its phone does not ring before `dial`. */
    async create(leg: LegName): Promise<void> {
      const { endpoint, shows, originator } = plans[leg];
      if (endpoint === undefined) throw new AriError('the user has no number to ring', 422);
      const channelId = names.channel(call.id, leg);
      // the number that the phone shows; `i`: not sent before the phone rings
      const variables = shows === undefined ? {} : { 'CONNECTEDLINE(all,i)': shows };
      const query = { endpoint, app: names.application, channelId, originator };
      await client.ask('POST', '/channels/create', query, { variables });
    },

    dial: (leg: LegName) => client.ask('POST', `${pathOf(leg)}/dial`, { timeout: call.ringTimeout }),

    /** Plays a ringing tone to the caller. */
    ring: () => client.ask('POST', `${pathOf('caller')}/ring`),

    async connect(): Promise<void> {
      await client.ask('POST', bridge, { type }).catch((error) => {
        if (!(error instanceof AriError) || error.status !== 409) throw error; // 409: the bridge exists
      });
      await client.remove(`${pathOf('caller')}/ring`);
      const channel = [names.channel(call.id, 'caller'), names.channel(call.id, 'callee')].join(',');
      await client.ask('POST', `${bridge}/addChannel`, { channel });
    },

    /** Subscribes this node to a channel of any node. @returns its state; undefined if there is no such channel */
    async find(leg: LegName): Promise<ChannelState | undefined> {
      const eventSource = `channel:${names.channel(call.id, leg)}`;
      if (!(await subscribe(eventSource))) return undefined;
      const channel = await client.find<{ state: ChannelState }>(pathOf(leg));
      return channel?.state;
    },

    /** Subscribes this node to the bridge, and so to its recording. */
    watchBridge: () => subscribe(`bridge:${names.bridge(call.id)}`),

    hangUp: (leg: LegName) => client.remove(pathOf(leg)),

    removeBridge: () => client.remove(bridge),
  };

  /** @returns whether the source exists */
  async function subscribe(eventSource: string): Promise<boolean> {
    try {
      await client.ask('POST', `/applications/${names.application}/subscription`, { eventSource });
      return true;
    } catch (error) {
      if (error instanceof AriError && error.status === 422) return false;
      throw error;
    }
  }
}

import { fillTemplate } from '../address-template.ts';
import type { CarriedCall } from '../carrier.ts';
import { type AriClient, AriError } from './ari-client.ts';
import type { AriConfig } from './ari-config.ts';
import type { LegName, Names } from './names.ts';

/** The state of a channel as Asterisk's REST interface spells it: `Down`, `Ringing`, `Up` and others. */
export type ChannelState = string;

export type CallChannels = ReturnType<typeof createCallChannels>;

/** What one call wants of Asterisk. Every function throws AriError; those that end something find it ended, too. */
export function createCallChannels(client: AriClient, names: Names, config: AriConfig, call: CarriedCall) {
  const { callerEndpoint, calleeEndpoint, callerId } = config;
  const parts = { number: call.caller, name: call.userName };
  // What is recorded passes through Asterisk from the beginning: else phones are told to send to each other, and back at once.
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
    /** Makes a channel; its phone rings by `dial` alone. */
    async create(leg: LegName): Promise<void> {
      const { endpoint, shows, originator } = plans[leg];
      if (endpoint === undefined) throw new AriError('the user has no number to ring', 422);
      const channelId = names.channel(call.id, leg);
      // The party that a phone sees is the one it is connected to; `i`: nobody is told of it before it rings.
      const variables = shows === undefined ? {} : { 'CONNECTEDLINE(all,i)': shows };
      const query = { endpoint, app: names.application, channelId, originator };
      await client.ask('POST', '/channels/create', query, { variables });
    },

    dial: (leg: LegName) => client.ask('POST', `${pathOf(leg)}/dial`, { timeout: call.ringTimeout }),

    /** Lets the caller hear that it rings. */
    ring: () => client.ask('POST', `${pathOf('caller')}/ring`),

    async connect(): Promise<void> {
      await client.ask('POST', bridge, { type }).catch((error) => {
        if (!(error instanceof AriError) || error.status !== 409) throw error; // else it is there
      });
      await client.remove(`${pathOf('caller')}/ring`);
      const channel = [names.channel(call.id, 'caller'), names.channel(call.id, 'callee')].join(',');
      await client.ask('POST', `${bridge}/addChannel`, { channel });
    },

    /** From now on this node hears of a channel, whoever made it. @returns its state; undefined when there is none */
    async find(leg: LegName): Promise<ChannelState | undefined> {
      const eventSource = `channel:${names.channel(call.id, leg)}`;
      if (!(await subscribe(eventSource))) return undefined;
      const channel = await client.find<{ state: ChannelState }>(pathOf(leg));
      return channel?.state;
    },

    /** From now on this node hears of the bridge's recording. */
    watchBridge: () => subscribe(`bridge:${names.bridge(call.id)}`),

    hangUp: (leg: LegName) => client.remove(pathOf(leg)),

    removeBridge: () => client.remove(bridge),
  };

  /** @returns whether there is such a thing */
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

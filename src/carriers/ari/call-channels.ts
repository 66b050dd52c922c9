import { fillTemplate } from '../address-template.ts';
import type { CarriedCall, LegName } from '../carrier.ts';
import { type AriClient, AriError } from './ari-client.ts';
import type { AriConfig } from './ari-config.ts';
import type { ResourceNames } from './resource-names.ts';

/** The state of a channel as Asterisk's REST interface spells it: `Down`, `Ringing`, `Up` and others. */
export type ChannelState = string;

/** The channels and the bridge of one call in Asterisk. Each function throws AriError. Ending something twice succeeds. */
export interface CallChannels {
  /** Creates a channel. Its phone does not ring before `dial`. @throws NoNumber */
  create(leg: LegName): Promise<void>;
  dial(leg: LegName): Promise<void>;
  /** Whether the phone has no registration. False if Asterisk does not know: not every technology registers phones. */
  isOffline(leg: LegName): Promise<boolean>;
  /** Plays a ringing tone to the caller. */
  ring(): Promise<void>;
  /** Connects both channels with a bridge. */
  connect(): Promise<void>;
  /** Subscribes this node to a channel of any node. @returns its state; undefined if there is no such channel */
  find(leg: LegName): Promise<ChannelState | undefined>;
  /** Subscribes this node to the bridge, and so to its recording. @returns whether the bridge exists */
  watchBridge(): Promise<boolean>;
  hangUp(leg: LegName): Promise<void>;
  removeBridge(): Promise<void>;
}

/** `PJSIP/bob`, `PJSIP/bob/sip:bob@192.0.2.1` or `PJSIP/+12025550100@trunk`: the technology, and the name of the endpoint. */
const ENDPOINT = /^(\w+)\/(?:[^/@]*@)?([^/@]+)/;

/** The template of the endpoint needs a number, and the user has none. */
export class NoNumber extends AriError {
  constructor() {
    super('the user has no number to ring', 422);
  }
}

export function createCallChannels(
  client: AriClient,
  names: ResourceNames,
  config: AriConfig,
  call: CarriedCall,
): CallChannels {
  const { callerEndpoint, calleeEndpoint, callerId } = config;
  const caller = { number: call.caller, name: call.userName };
  // recorded media must pass through Asterisk from the start; otherwise the phones first send to each other
  const type = call.recordingEnabled ? 'mixing,proxy_media' : 'mixing';
  const bridge = `/bridges/${names.bridge(call.id)}`;
  const pathOf = (leg: LegName) => `/channels/${names.channel(call.id, leg)}`;
  const phones = {
    caller: { endpoint: fillTemplate(callerEndpoint, caller), shows: call.callee, originator: undefined },
    callee: {
      endpoint: fillTemplate(calleeEndpoint, { ...caller, number: call.callee }),
      shows: fillTemplate(callerId, caller),
      originator: names.channel(call.id, 'caller'),
    },
  };

  return {
    async create(leg) {
      const { endpoint, shows, originator } = phones[leg];
      if (endpoint === undefined) throw new NoNumber();
      const channelId = names.channel(call.id, leg);
      // the number that the phone shows; `i`: not sent before the phone rings
      const variables = shows === undefined ? {} : { 'CONNECTEDLINE(all,i)': shows };
      const query = { endpoint, app: names.application, channelId, originator };
      await client.ask('POST', '/channels/create', query, { variables });
    },

    dial: (leg) => client.ask('POST', `${pathOf(leg)}/dial`, { timeout: call.ringTimeout }),

    async isOffline(leg) {
      const [, technology, resource] = ENDPOINT.exec(phones[leg].endpoint ?? '') ?? [];
      if (technology === undefined || resource === undefined) return false;
      const path = `/endpoints/${technology}/${encodeURIComponent(resource)}`;
      const endpoint = await client.find<{ state: string }>(path);
      return endpoint?.state === 'offline';
    },

    ring: () => client.ask('POST', `${pathOf('caller')}/ring`),

    async connect() {
      await client.ask('POST', bridge, { type }).catch((error) => {
        if (!(error instanceof AriError) || error.status !== 409) throw error; // 409: the bridge exists
      });
      await client.remove(`${pathOf('caller')}/ring`);
      const channel = [names.channel(call.id, 'caller'), names.channel(call.id, 'callee')].join(',');
      await client.ask('POST', `${bridge}/addChannel`, { channel });
    },

    async find(leg) {
      const eventSource = `channel:${names.channel(call.id, leg)}`;
      if (!(await subscribe(eventSource))) return undefined;
      const channel = await client.find<{ state: ChannelState }>(pathOf(leg));
      return channel?.state;
    },

    watchBridge: () => subscribe(`bridge:${names.bridge(call.id)}`),

    hangUp: (leg) => client.remove(pathOf(leg)),

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

import type { CarriedCall, Carrier, CarrierDeps } from '../carrier.ts';
import { type AriCall, createAriCall } from './ari-call.ts';
import { createAriClient } from './ari-client.ts';
import type { AriConfig } from './ari-config.ts';
import { type AriEvent, listenToAsterisk } from './ari-events.ts';
import { createCallChannels } from './call-channels.ts';
import { endingOfUnreached } from './call-endings.ts';
import type { HangUp } from './leg.ts';
import { createOrphans } from './orphans.ts';
import { createRecordings } from './recordings.ts';
import { ARI, createResourceNames } from './resource-names.ts';

/** How long a new call waits for the connection to Asterisk. */
const CONNECT_TIMEOUT_MS = 2_000;
const RETRY_MS = 1_000;
const RECORDING_EVENTS = ['RecordingFailed', 'RecordingFinished'];
/** The events that Asterisk sends; it filters out all others. */
const EVENTS = [
  'StasisStart',
  'ChannelStateChange',
  'ChannelHangupRequest',
  'ChannelDestroyed',
  ...RECORDING_EVENTS,
];

/** Controls an Asterisk over its REST interface: it rings the phones, connects them and records. */
export function createAriCarrier(config: AriConfig, deps: CarrierDeps): Carrier {
  const { database, nodeId, clock, log, report } = deps;
  const names = createResourceNames(config.app, nodeId);
  const client = createAriClient(config);
  const recordings = createRecordings(client, names);
  const orphans = createOrphans({ client, names, recordings, database, clock, log });
  const calls = new Map<string, AriCall>();
  let closed = false;

  const events = listenToAsterisk(config, {
    application: names.application,
    clock,
    log,
    received,
    opened() {
      orphans.checkSoon();
      const allowed = EVENTS.map((type) => ({ type }));
      const path = `/applications/${names.application}/eventFilter`;
      client
        .ask('PUT', path, {}, { allowed })
        .catch((err) => log.warn({ err }, 'ari: cannot set the event filter; Asterisk sends every event'));
      for (const [callId, call] of calls) readState(callId, call);
    },
  });

  function received(event: AriEvent): void {
    const { type, channel, recording } = event;
    const recorded = recording && names.parseRecording(recording.name);
    // a recording that finishes during its call failed, too: Asterisk could not write it
    if (recorded !== undefined && RECORDING_EVENTS.includes(type)) calls.get(recorded)?.failRecording();
    const named = channel && names.parse(channel.id);
    if (!channel || !named || named.part === 'bridge') return;
    const leg = calls.get(named.callId)?.legs[named.part];
    if (type === 'StasisStart') leg?.setReady();
    if (type === 'ChannelStateChange') leg?.setState(channel.state);
    if (type === 'ChannelHangupRequest' && event.cause !== undefined) leg?.setHangUp(hangUpOf(event));
    if (type === 'ChannelDestroyed') leg?.end(hangUpOf(event));
  }

  /** Retries until Asterisk answers. */
  function readState(callId: string, call: AriCall): void {
    if (calls.get(callId) !== call || closed || !events.isOpen()) return;
    call.readState().catch((err) => {
      log.warn({ err, callId }, 'ari: cannot read the state of a call; will retry');
      clock.after(RETRY_MS, () => readState(callId, call));
    });
  }

  function hold(call: CarriedCall): AriCall {
    const held = createAriCall(call, {
      channels: createCallChannels(client, names, config, call),
      recordings,
      report,
      log,
      ended: () => calls.delete(call.id),
      mayBeOrphaned: orphans.checkSoon,
    });
    calls.set(call.id, held);
    return held;
  }

  async function originate(call: AriCall): Promise<void> {
    if (await events.whenOpen(CONNECT_TIMEOUT_MS)) call.begin();
    else if (!closed) call.end(endingOfUnreached(false, 'Asterisk cannot be reached'));
  }

  return {
    name: ARI,
    costs: true,
    records: true,
    originate: (call) => originate(hold(call)),
    hangUp: (callId) => calls.get(callId)?.hangUp(),
    handOver(callId) {
      calls.get(callId)?.handOver();
      calls.delete(callId);
    },
    reconcile(taken) {
      for (const call of taken) readState(call.id, hold(call));
    },
    async releaseOrphans() {
      if (events.isOpen()) orphans.release();
    },
    findRecording: recordings.find,
    async close() {
      closed = true;
      await Promise.all(Array.from(calls.values(), (call) => call.handOver()));
      events.close();
    },
  };
}

/** The statuses of SIP for a failure. A channel that PJSIP answered has 200. */
const isFailureStatus = (code: number) => code >= 300 && code < 700;

function hangUpOf({ channel, cause = 0, cause_txt: text, tech_cause: code }: AriEvent): HangUp {
  const isSip = channel?.name.startsWith('PJSIP/') === true;
  const sipStatus = isSip && code !== undefined && isFailureStatus(code) ? code : undefined;
  return { q850Cause: cause, sipStatus, text: text === 'Unknown' ? undefined : text };
}

import type { CarriedCall, Carrier, CarrierDeps } from '../carrier.ts';
import { type AriCall, createAriCall } from './ari-call.ts';
import { createAriClient } from './ari-client.ts';
import type { AriConfig } from './ari-config.ts';
import { type AriEvent, listenToAsterisk } from './ari-events.ts';
import { createCallChannels } from './call-channels.ts';
import { FAILED } from './call-endings.ts';
import { ARI, createNames } from './names.ts';
import { createOrphans } from './orphans.ts';
import { createRecordings } from './recordings.ts';

/** A call opened while Asterisk is not heard waits so long for it. */
const OPEN_WITHIN_MS = 2_000;
const LOOK_AGAIN_MS = 1_000;
const RECORDED = ['RecordingFailed', 'RecordingFinished'];
/** Of the events there are, those that are used: others are not sent. */
const HEARD = ['StasisStart', 'ChannelStateChange', 'ChannelHangupRequest', 'ChannelDestroyed', ...RECORDED];

/** Asterisk rings the phones, connects them and records, over its REST interface. */
export function createAriCarrier(config: AriConfig, parts: CarrierDeps): Carrier {
  const { database, nodeId, clock, log, report } = parts;
  const names = createNames(config.app, nodeId);
  const client = createAriClient(config);
  const recordings = createRecordings(client, names);
  const orphans = createOrphans({ client, names, recordings, database, clock, log });
  const calls = new Map<string, AriCall>();
  let closed = false;

  const events = listenToAsterisk(config, {
    application: names.application,
    clock,
    log,
    heard,
    opened() {
      orphans.suspect();
      const allowed = HEARD.map((type) => ({ type }));
      const path = `/applications/${names.application}/eventFilter`;
      client.ask('PUT', path, {}, { allowed }).catch((err) => log.warn({ err }, 'Asterisk tells everything'));
      for (const [callId, call] of calls) look(callId, call);
    },
  });

  function heard({ type, channel, cause, recording }: AriEvent): void {
    const recorded = recording && names.readRecording(recording.name);
    // Also one that finishes while its call goes on: so does one that cannot be written.
    if (recorded !== undefined && RECORDED.includes(type)) calls.get(recorded)?.failRecording();
    const named = channel && names.read(channel.id);
    if (!channel || !named || named.part === 'bridge') return;
    const leg = calls.get(named.callId)?.legs[named.part];
    if (type === 'StasisStart') leg?.getReady();
    if (type === 'ChannelStateChange') leg?.see(channel.state);
    if (type === 'ChannelHangupRequest' && cause !== undefined) leg?.seeHangUp(cause);
    if (type === 'ChannelDestroyed') leg?.end(cause ?? 0);
  }

  /** Again and again, until Asterisk tells. */
  function look(callId: string, call: AriCall): void {
    if (calls.get(callId) !== call || closed || !events.isOpen()) return;
    call.look().catch((err) => {
      log.warn({ err, callId }, 'what Asterisk has of a call is not known yet');
      clock.after(LOOK_AGAIN_MS, () => look(callId, call));
    });
  }

  function hold(call: CarriedCall): AriCall {
    const held = createAriCall(call, {
      channels: createCallChannels(client, names, config, call),
      recordings,
      report,
      log,
      ended: () => calls.delete(call.id),
      leftOver: orphans.suspect,
    });
    calls.set(call.id, held);
    return held;
  }

  async function originate(call: AriCall): Promise<void> {
    if (await events.whenOpen(OPEN_WITHIN_MS)) call.begin();
    else if (!closed) call.end(FAILED);
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
      for (const call of taken) look(call.id, hold(call));
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

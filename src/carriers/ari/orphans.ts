import type { CarrierDeps } from '../carrier.ts';
import type { AriClient } from './ari-client.ts';
import type { Names } from './names.ts';
import { listOngoing } from './ongoing-call-store.ts';
import { forgetRecordings, listRecordingsToRemove } from './recording-store.ts';
import type { Recordings } from './recordings.ts';

/** Asterisk is asked for all its channels no more often than that, unless there is reason to. */
const LOOK_EVERY_MS = 10_000;

interface OrphansDeps extends Pick<CarrierDeps, 'database' | 'clock' | 'log'> {
  readonly client: AriClient;
  readonly names: Names;
  readonly recordings: Recordings;
}

/** What is in Asterisk of calls that are over: left by a crash, or since a request did not arrive, or recorded. */
export function createOrphans({ client, names, recordings, database, clock, log }: OrphansDeps) {
  let nextLook = 0;
  let underWay = false;

  /**
   * What is of a call that goes on is its node's business, whichever that is. Asterisk is asked first: a call is in the
   * table before it has channels, so that none of those found is of a call which the table does not know yet.
   */
  async function endChannels(): Promise<void> {
    const kinds = ['channels', 'bridges'] as const;
    const ours = (await Promise.all(kinds.map(listOurs))).flat();
    if (ours.length === 0) return;
    const ongoing = new Set(await listOngoing(database, [...new Set(ours.map(({ callId }) => callId))]));
    const left = ours.filter(({ callId }) => !ongoing.has(callId));
    await Promise.all(left.map(({ path }) => client.remove(path)));
    if (left.length > 0)
      log.info({ ended: left.map(({ path }) => path) }, 'ended what calls left in Asterisk');
  }

  async function listOurs(kind: 'channels' | 'bridges'): Promise<{ callId: string; path: string }[]> {
    const all = await client.ask<{ id: string }[]>('GET', `/${kind}`);
    return all.flatMap(({ id }) => {
      const callId = names.read(id)?.callId;
      return callId === undefined ? [] : [{ callId, path: `/${kind}/${id}` }];
    });
  }

  async function removeRecordings(): Promise<void> {
    const callIds = await listRecordingsToRemove(database);
    if (callIds.length === 0) return;
    await Promise.all(callIds.map(recordings.remove));
    await forgetRecordings(database, callIds);
  }

  async function release(): Promise<void> {
    await removeRecordings();
    const now = clock.now().getTime();
    if (now < nextLook) return;
    nextLook = now + LOOK_EVERY_MS;
    await endChannels();
  }

  return {
    /** There is reason to look again. */
    suspect(): void {
      nextLook = 0;
    },

    /** Begins to end it, unless it is at it. */
    release(): void {
      if (underWay) return;
      underWay = true;
      release()
        .catch((err) => log.warn({ err }, 'what calls may have left in Asterisk is still there'))
        .finally(() => {
          underWay = false;
        });
    },
  };
}

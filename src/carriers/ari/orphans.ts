import { listOngoingCalls } from '../carried-call-store.ts';
import type { CarrierDeps } from '../carrier.ts';
import type { AriClient } from './ari-client.ts';
import { forgetRecordings, listRecordingsToRemove } from './recording-store.ts';
import type { Recordings } from './recordings.ts';
import type { ResourceNames } from './resource-names.ts';

/** How often all channels and bridges of Asterisk are listed. */
const CHECK_EVERY_MS = 10_000;

interface OrphansDeps extends Pick<CarrierDeps, 'database' | 'clock' | 'log'> {
  readonly client: AriClient;
  readonly names: ResourceNames;
  readonly recordings: Recordings;
}

/** Removes the channels and bridges of ended calls, which stay after a crash or a lost request, and recordings of removed calls. */
export interface Orphans {
  /** Something may be orphaned: the next `release` lists all channels. */
  checkSoon(): void;
  /** Starts removing orphans, unless that is in progress. */
  release(): void;
}

export function createOrphans(deps: OrphansDeps): Orphans {
  const { client, names, recordings, database, clock, log } = deps;
  let nextCheck = 0;
  let inProgress = false;

  /**
   * Does not touch the channels of ongoing calls. Lists the channels before the calls: a call is in the table before it has channels,
   * so the table has every ongoing call with a listed channel.
   */
  async function removeChannels(): Promise<void> {
    const kinds = ['channels', 'bridges'] as const;
    const own = (await Promise.all(kinds.map(listOwn))).flat();
    if (own.length === 0) return;
    const ongoing = new Set(await listOngoingCalls(database, [...new Set(own.map(({ callId }) => callId))]));
    const orphaned = own.filter(({ callId }) => !ongoing.has(callId));
    await Promise.all(orphaned.map(({ path }) => client.remove(path)));
    if (orphaned.length > 0)
      log.info({ removed: orphaned.map(({ path }) => path) }, 'ari: removed orphaned channels and bridges');
  }

  async function listOwn(kind: 'channels' | 'bridges'): Promise<{ callId: string; path: string }[]> {
    const all = await client.ask<{ id: string }[]>('GET', `/${kind}`);
    return all.flatMap(({ id }) => {
      const callId = names.parse(id)?.callId;
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
    if (now < nextCheck) return;
    nextCheck = now + CHECK_EVERY_MS;
    await removeChannels();
  }

  return {
    checkSoon() {
      nextCheck = 0;
    },

    release() {
      if (inProgress) return;
      inProgress = true;
      release()
        .catch((err) => log.warn({ err }, 'ari: cannot remove orphaned channels or recordings; will retry'))
        .finally(() => {
          inProgress = false;
        });
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../core/calls/call.ts';
import type { Recording } from '../../core/calls/recording.ts';
import { RecordingUnavailable } from '../../core/calls/recording-errors.ts';
import type { CarriedCall } from '../carrier.ts';
import { type AriClient, AriError } from './ari-client.ts';
import type { ResourceNames } from './resource-names.ts';

/** How much longer than its call's time limit a recording may be: calls may end a little late. */
const BEYOND_LIMIT_SECONDS = 60;
const LOOK_EVERY_MS = 50;
/** How long the file of a stopped recording may take until it is complete. */
const COMPLETE_WITHIN_MS = 5_000;
/** RIFF has the size of the file, which Asterisk fills in when it closes the file. */
const SIZE_OFFSET = 4;
const HEADER_BYTES = 44;

export type Recordings = ReturnType<typeof createRecordings>;

/** Recordings. Asterisk keeps them by the id of their call, so that any node finds them at any time. */
export function createRecordings(client: AriClient, names: ResourceNames) {
  const live = (callId: string) => `/recordings/live/${names.recording(callId)}`;
  const stored = (callId: string) => `/recordings/stored/${names.recording(callId)}`;

  /** Also stops a recording that a process left running when it died. */
  async function stop(callId: string): Promise<void> {
    await client.ask('POST', `${live(callId)}/stop`).catch((error) => {
      if (!(error instanceof AriError) || error.status === undefined) throw error; // otherwise it has stopped
    });
    const deadline = performance.now() + COMPLETE_WITHIN_MS;
    while ((await client.find(live(callId))) !== undefined && performance.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Undefined also for a recording that broke off when Asterisk ended. */
  async function load(callId: string): Promise<Buffer | undefined> {
    const content = await client.download(`${stored(callId)}/file`);
    return isComplete(content) ? content : undefined;
  }

  return {
    stop,

    /** Records both parties on the call's bridge. @throws AriError */
    async start({ id, timeLimit }: CarriedCall): Promise<void> {
      const name = names.recording(id);
      const query = {
        name,
        format: 'wav',
        ifExists: 'fail',
        maxDurationSeconds: timeLimit + BEYOND_LIMIT_SECONDS,
      };
      try {
        await client.ask('POST', `/bridges/${names.bridge(id)}/record`, query);
      } catch (error) {
        // another process may have started it, and died
        if ((await client.find(live(id))) === undefined) throw error;
      }
    },

    /** Deletes a recording. @throws AriError */
    remove: (callId: string) => client.remove(stored(callId)),

    /** Whether there is a recording that can be played. @throws AriError */
    exists: async (callId: string): Promise<boolean> =>
      isComplete(await client.downloadBeginning(`${stored(callId)}/file`, HEADER_BYTES + 1)),

    /** The recording of a call that has ended; undefined if there is none. @throws RecordingUnavailable */
    async find({ id, endedAt }: Call): Promise<Recording | undefined> {
      if (endedAt === null) return undefined;
      const content = await stop(id)
        .then(() => load(id))
        .catch((error) => {
          throw new RecordingUnavailable(error);
        });
      return content && { content, contentType: 'audio/wav', generatedAt: endedAt };
    },
  };
}

/** A file that broke off has a header without a size, and hardly anything else. */
function isComplete(content: Buffer | undefined): boolean {
  return content !== undefined && content.length > HEADER_BYTES && content.readUInt32LE(SIZE_OFFSET) > 0;
}

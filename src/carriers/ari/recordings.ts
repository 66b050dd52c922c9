import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../core/calls/call.ts';
import type { Recording } from '../../core/calls/recording.ts';
import { RecordingUnavailable } from '../../core/calls/recording-errors.ts';
import type { CarriedCall } from '../carrier.ts';
import { type AriClient, AriError } from './ari-client.ts';
import type { ResourceNames } from './resource-names.ts';

/** Added to the call's time limit for the maximum length of a recording, because calls may end a little late. */
const EXTRA_SECONDS = 60;
const POLL_MS = 50;
/** How long Asterisk may take to complete the file of a stopped recording. */
const COMPLETION_TIMEOUT_MS = 5_000;
/** RIFF has the size of the file, which Asterisk fills in when it closes the file. */
const SIZE_OFFSET = 4;
const HEADER_BYTES = 44;

/** The recordings in Asterisk. Their names contain the id of the call, so that any node can find them. */
export interface Recordings {
  /** Records both parties on the call's bridge. @throws AriError */
  start(call: CarriedCall): Promise<void>;
  /** Also stops a recording that a crashed process left running. @throws AriError */
  stop(callId: string): Promise<void>;
  /** Deletes a recording. @throws AriError */
  remove(callId: string): Promise<void>;
  /** Whether there is a recording that can be played. @throws AriError */
  exists(callId: string): Promise<boolean>;
  /** The recording of an ended call; undefined if there is none. @throws RecordingUnavailable */
  find(call: Call): Promise<Recording | undefined>;
}

export function createRecordings(client: AriClient, names: ResourceNames): Recordings {
  const live = (callId: string) => `/recordings/live/${names.recording(callId)}`;
  const stored = (callId: string) => `/recordings/stored/${names.recording(callId)}`;

  async function stop(callId: string): Promise<void> {
    await client.ask('POST', `${live(callId)}/stop`).catch((error) => {
      if (!(error instanceof AriError) || error.status === undefined) throw error; // otherwise it has stopped
    });
    const deadline = performance.now() + COMPLETION_TIMEOUT_MS;
    while ((await client.find(live(callId))) !== undefined && performance.now() < deadline) {
      await sleep(POLL_MS);
    }
  }

  /** @returns undefined also for a recording that was interrupted when Asterisk ended */
  async function load(callId: string): Promise<Buffer | undefined> {
    const content = await client.download(`${stored(callId)}/file`);
    return isComplete(content) ? content : undefined;
  }

  return {
    stop,

    async start({ id, timeLimit }) {
      const name = names.recording(id);
      const query = {
        name,
        format: 'wav',
        ifExists: 'fail',
        maxDurationSeconds: timeLimit + EXTRA_SECONDS,
      };
      try {
        await client.ask('POST', `/bridges/${names.bridge(id)}/record`, query);
      } catch (error) {
        // a crashed process may have started it
        if ((await client.find(live(id))) === undefined) throw error;
      }
    },

    remove: (callId) => client.remove(stored(callId)),

    exists: async (callId) =>
      isComplete(await client.downloadBeginning(`${stored(callId)}/file`, HEADER_BYTES + 1)),

    async find({ id, endedAt }) {
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

/** The header of an interrupted recording has no size. */
function isComplete(content: Buffer | undefined): boolean {
  return content !== undefined && content.length > HEADER_BYTES && content.readUInt32LE(SIZE_OFFSET) > 0;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../core/calls/call.ts';
import { RecordingUnavailable } from '../../core/calls/recording-errors.ts';
import type { CarriedCall, Recording } from '../carrier.ts';
import { type AriClient, AriError } from './ari-client.ts';
import type { Names } from './names.ts';

/** A recording outlasts its call, which may itself end a little late. */
const BEYOND_LIMIT_SECONDS = 60;
const LOOK_EVERY_MS = 50;
/** Until a stopped recording is whole. */
const WHOLE_WITHIN_MS = 5_000;
/** RIFF, its size, and the size of the samples behind it: Asterisk fills these in when it closes the file. */
const SIZE_OFFSET = 4;
const HEADER_BYTES = 44;

export type Recordings = ReturnType<typeof createRecordings>;

/** What Asterisk recorded: it keeps it, by the call's id, so that any node finds it at any time. */
export function createRecordings(client: AriClient, names: Names) {
  const live = (callId: string) => `/recordings/live/${names.recording(callId)}`;
  const stored = (callId: string) => `/recordings/stored/${names.recording(callId)}`;

  /** Also of one that a process left running which died before the call ended. */
  async function stop(callId: string): Promise<void> {
    await client.ask('POST', `${live(callId)}/stop`).catch((error) => {
      if (!(error instanceof AriError) || error.status === undefined) throw error; // else it has stopped
    });
    const deadline = performance.now() + WHOLE_WITHIN_MS;
    while ((await client.find(live(callId))) !== undefined && performance.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Undefined also for what Asterisk broke off with its own end. */
  async function load(callId: string): Promise<Buffer | undefined> {
    const content = await client.download(`${stored(callId)}/file`);
    return isWhole(content) ? content : undefined;
  }

  return {
    stop,

    /** Records both parties of a call that are on its bridge. @throws AriError */
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
        // Of a process that went so far and died.
        if ((await client.find(live(id))) === undefined) throw error;
      }
    },

    /** For good. @throws AriError */
    remove: (callId: string) => client.remove(stored(callId)),

    /** Whether there is one that can be heard. @throws AriError */
    exists: async (callId: string): Promise<boolean> =>
      isWhole(await client.downloadBeginning(`${stored(callId)}/file`, HEADER_BYTES + 1)),

    /** Of a call that has ended; undefined when there is none. @throws RecordingUnavailable */
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

/** A file that Asterisk broke off has a header, without a size in it, and hardly anything else. */
function isWhole(content: Buffer | undefined): boolean {
  return content !== undefined && content.length > HEADER_BYTES && content.readUInt32LE(SIZE_OFFSET) > 0;
}

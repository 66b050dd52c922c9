import type { AriClient } from './ari-client.ts';
import type { Names } from './names.ts';

/**
 * Ends channels and bridges of calls that are over: what a crash left, or requests that did not arrive. What is of a call
 * that goes on is its node's business, whichever that is. Asterisk is asked first: a call is in the table before it has
 * channels, so that none of those found is of a call which the table does not know yet.
 * @param ongoing which of these calls go on
 * @returns how many it ended
 * @throws AriError, and what `ongoing` throws
 */
export async function endLeftOvers(
  client: AriClient,
  names: Names,
  ongoing: (callIds: string[]) => Promise<string[]>,
): Promise<number> {
  const found = await Promise.all(
    (['channels', 'bridges'] as const).map(async (kind) => {
      const all = await client.ask<{ id: string }[]>('GET', `/${kind}`);
      return all.flatMap(({ id }) => {
        const callId = names.read(id)?.callId;
        return callId === undefined ? [] : [{ callId, path: `/${kind}/${id}` }];
      });
    }),
  );
  const ours = found.flat();
  if (ours.length === 0) return 0;
  const living = new Set(await ongoing([...new Set(ours.map(({ callId }) => callId))]));
  const left = ours.filter(({ callId }) => !living.has(callId));
  await Promise.all(left.map(({ path }) => client.remove(path)));
  return left.length;
}

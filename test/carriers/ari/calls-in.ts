import type { Asterisk } from '../../peers/asterisk.ts';

/** The calls with channels or bridges in Asterisk, by the prefix of their nodes. */
export async function callsIn(asterisk: Asterisk, app: string): Promise<Set<string>> {
  const all = await Promise.all(
    ['/channels', '/bridges'].map((path) => asterisk.ask<{ id: string }[]>('GET', path)),
  );
  const ours = all.flat().map(({ id }) => new RegExp(`^${app}-([0-9a-f]+)-`).exec(id)?.[1]);
  return new Set(ours.filter((id) => id !== undefined));
}

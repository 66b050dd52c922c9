import { join } from 'node:path';
import { startSite } from '../browser/sites.ts';
import { PROGRAMS } from './program.ts';
import type { Room } from './room.ts';
import { openPage } from './visitor.ts';

/** Settings of a program that opens the person's browser with xdg-open, as installed applications do. */
export async function startDesktop(room: Room): Promise<Record<string, string>> {
  const desktop = await startSite(({ url = '' }, response) => {
    const address = new URL(url, 'http://desktop').searchParams.get('address') ?? '';
    response.end();
    openPage(room, address).catch((error) => console.error(error));
  });
  return { DESKTOP: desktop, BROWSER: join(PROGRAMS, 'browser.sh') };
}

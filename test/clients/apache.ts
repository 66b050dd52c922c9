import { request } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import { PROGRAMS, type Settings, start } from './program.ts';

/**
 * Starts Apache in front of an application, with a configuration of the folder `programs`.
 * @param origin of Apache; `application` is where it passes requests on to
 */
export async function startApache(
  configuration: string,
  { origin, application }: { readonly origin: string; readonly application: string },
  settings: Settings,
): Promise<void> {
  const folder = temporaryFolder();
  const { child, output } = start(
    ['/usr/sbin/apache2', '-DFOREGROUND', '-f', join(PROGRAMS, 'apache.conf')],
    {
      ...settings,
      PORT: new URL(origin).port,
      FOLDER: folder,
      MODULES: '/usr/lib/apache2/modules',
      APPLICATION: application,
      CONFIGURATION: join(PROGRAMS, configuration),
    },
  );
  await until(
    () => `Apache listens: ${output()}`,
    () => {
      if (child.exitCode !== null) throw new Error(`Apache ended: ${output()}`);
      return isAnswering(origin);
    },
  );
}

function isAnswering(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    request(origin, { method: 'OPTIONS' }, (response) => resolve(response.resume() !== undefined))
      .once('error', () => resolve(false))
      .end();
  });
}

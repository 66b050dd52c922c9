import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../../src/app.ts';
import { readConfig } from '../../src/config/config.ts';
import { openDatabase } from '../../src/platform/database/open-database.ts';
import { createLog } from '../../src/platform/http/log.ts';
import type { Entry } from '../../src/web/entry/request-context.ts';
import { generatedFrom, table } from './page.ts';
import { type RegisteredRoute, watchRouters } from './registered-routes.ts';

export const ROUTES_PAGE = 'docs/contribute/routes.md';

/** The route of the metrics exists only with a token. */
const METRICS_TOKEN = 'for-the-table-of-routes-alone';

const WHO: Readonly<Record<Entry, string>> = {
  anyone: 'anyone',
  user: 'a user who is signed in',
  token: 'a user’s token',
  client: 'a client’s own token',
  administrator: 'an administrator’s token',
  console: 'an administrator who is signed in to the console',
  metrics: 'the token in `METRICS_TOKEN`',
};

/** Starts the application on its own database, and lists its routes. */
export async function writeRoutesPage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'clicktocall-routes-'));
  const config = readConfig({ DATA_DIR: folder, LOG_LEVEL: 'silent', METRICS_TOKEN });
  const registered = watchRouters();
  const log = createLog(config.logLevel);
  const { database, close } = await openDatabase(config);
  const { http } = await buildApp(config, database, log.logger);
  await http.ready();
  const text = routesPage(registered());
  await http.close();
  await close();
  log.close();
  rmSync(folder, { recursive: true, force: true });
  return text;
}

export function routesPage(routes: readonly RegisteredRoute[]): string {
  const rows = new Map(routes.toReversed().map((route) => [route.row, route]));
  const sections = Map.groupBy(
    [...rows.values()].toSorted((a, b) => compare(pathOf(a), pathOf(b)) || compare(a.row, b.row)),
    folderOf,
  );
  return [
    '# Routes',
    generatedFrom('the router of the application'),
    `Every route of the server, who may use it, and the file that registers it. A route declares who may use it in its
\`config.entry\` (src/web/entry/request-context.ts); the server does not start with a route that does not.
\`test/web/entry/routes.ts\` has the same table, written by hand, and the tests compare the two.`,
    ...[...sections]
      .toSorted(([a], [b]) => compare(a, b))
      .map(([folder, section]) => sectionOf(folder, section)),
  ]
    .join('\n\n')
    .concat('\n');
}

function sectionOf(folder: string, routes: readonly RegisteredRoute[]): string {
  const rows = routes.map(({ row, entry, scopes, file }) => [
    `\`${row}\``,
    WHO[entry] + (scopes.length > 0 ? ` with ${scopes.map((scope) => `\`${scope}\``).join(' or ')}` : ''),
    file === undefined ? 'a library' : `[${file.slice(folder.length + 1)}](../../${file})`,
  ]);
  return `## ${folder}\n\n${table(['route', 'who may use it', 'file'], rows)}`;
}

/** A surface, or the HTTP kit. */
function folderOf({ file }: RegisteredRoute): string {
  return /^src\/(?:web\/[\w-]+|platform\/http)/.exec(file ?? '')?.[0] ?? 'src/platform/http';
}

function pathOf({ row }: RegisteredRoute): string {
  return row.slice(row.indexOf(' ') + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

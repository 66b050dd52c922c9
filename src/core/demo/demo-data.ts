import { setTimeout as sleep } from 'node:timers/promises';
import { tryAdvisoryLock } from '../../platform/database/advisory-locks.ts';
import type { Database } from '../../platform/database/database.ts';
import { type Actor, SERVER } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import type { ClientService } from '../clients/client-service.ts';
import { UserNotFound } from '../people/people-errors.ts';
import type { UserService } from '../people/user-service.ts';
import { deleteDemoData, hasDemoData, hasUsers } from './demo-store.ts';

/** Where the reference (src/platform/http/openapi/) gets its tokens, to try operations with. */
const REFERENCE = '/docs/static/oauth2-redirect.html';
/** The page that tries it out (try-it-page.ts), which is an application of its own. */
export const TRY_IT = '/';
export const DEMO_APP = 'demo-app';
const RETRY_MS = 50;
/** Ofcom keeps it free for drama. */
export const DEMO_NUMBER = '+447700900000';
const USERS = [
  { name: 'demo', password: 'demo', numbers: [DEMO_NUMBER] },
  { name: 'demo2', password: 'demo2' },
  { name: 'admin', password: 'admin', administrator: true },
];

/** The server would be reachable from elsewhere with passwords that everybody knows. */
export class DemoDataPresent extends Error {
  constructor() {
    super(
      'demo users and clients exist, whose passwords everybody knows: remove them with `npm run --silent cli -- demo remove` (with the same DATA_DIR or DATABASE_URL)',
    );
  }
}

export interface DemoSettings {
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly production: boolean;
  /** Reachable from this machine only. */
  readonly loopback: boolean;
}

export interface DemoDeps {
  readonly config: DemoSettings;
  readonly database: Database;
  readonly users: UserService;
  readonly clients: ClientService;
}

/**
 * On an empty embedded database, and only while nobody but this machine can reach the server, makes users and clients
 * for a first walk. Where they are there already, it completes what a crash left out, and lets the clients return to
 * the address that the server has now.
 * @returns whether there is demo data now
 * @throws DemoDataPresent where demo data must not be
 */
export async function prepareDemoData(deps: DemoDeps): Promise<boolean> {
  const { config, database } = deps;
  if (!config.loopback || config.production) {
    if (await hasDemoData(database)) throw new DemoDataPresent();
    return false;
  }
  if (config.databaseUrl !== undefined) return hasDemoData(database);
  for (;;) {
    const present = await makeUnlessAnotherDoes(deps);
    if (present !== undefined) return present;
    await sleep(RETRY_MS);
  }
}

/** Whether the first page is for a newcomer to try it out: asked of the database only where there may be demo data. */
export async function isForTrying({
  config,
  database,
}: Pick<DemoDeps, 'config' | 'database'>): Promise<boolean> {
  return config.loopback && !config.production && (await hasDemoData(database));
}

/** @returns whether there is demo data now; undefined while another node is at it */
function makeUnlessAnotherDoes(deps: DemoDeps): Promise<boolean | undefined> {
  return deps.database.transaction(async (tx) => {
    if (!(await tryAdvisoryLock(tx, 'demoData'))) return undefined;
    if (!(await hasDemoData(tx)) && (await hasUsers(tx))) return false;
    await addDemoData(deps);
    return true;
  });
}

async function addDemoData({ config, users, clients }: DemoDeps): Promise<void> {
  const redirectUris = [`${config.publicUrl}/test`];
  await clients.registerDemoClient(
    { name: 'Demo (classic)', redirectUris, classic: true },
    'demo-classic',
    'demo-classic-secret',
  );
  const modernUris = [...redirectUris, `${config.publicUrl}${REFERENCE}`, `${config.publicUrl}${TRY_IT}`];
  await clients.registerDemoClient({ name: 'Demo app', redirectUris: modernUris, public: true }, DEMO_APP);
  for (const user of USERS) {
    if (await isThere(users, user.name)) continue; // a password is hashed for a good while
    await users.addUser({ ...user, maxOngoingCalls: 2, demo: true }, SERVER);
  }
}

function isThere(users: UserService, name: string): Promise<boolean> {
  return users.findUser(name).then(
    () => true,
    (error) => {
      if (error instanceof UserNotFound) return false;
      throw error;
    },
  );
}

/** Demo users go with their calls. @returns what was removed, by name or id */
export function removeDemoData(database: Database, actor: Actor): Promise<string[]> {
  return database.transaction(async (tx) => {
    const { users, clients } = await deleteDemoData(tx);
    for (const { id } of users) await recordAct(tx, actor, { action: 'userErased', userId: id });
    for (const { id } of clients) await recordAct(tx, actor, { action: 'clientRemoved', clientId: id });
    return [...users.map(({ name }) => name), ...clients.map(({ id }) => id)];
  });
}

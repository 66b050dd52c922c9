import { setTimeout as sleep } from 'node:timers/promises';
import { tryAdvisoryLock } from '../../platform/database/advisory-locks.ts';
import type { Database } from '../../platform/database/database.ts';
import { type Actor, SERVER } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { ClientNotFound } from '../clients/client-errors.ts';
import type { ClientService } from '../clients/client-service.ts';
import { MAX_REDIRECT_URIS } from '../clients/redirect-uris.ts';
import { UserNotFound } from '../people/people-errors.ts';
import type { UserService } from '../people/user-service.ts';
import { hashToken } from '../tokens/access-token.ts';
import { deleteDemoData, hasDemoData, hasUsers, isIssuedToDemoClient } from './demo-store.ts';

export const DEMO_APP = 'demo-app';
const DEMO_CLASSIC = 'demo-classic';
const RETRY_MS = 50;
/** A number that Ofcom reserves for drama. */
export const DEMO_NUMBER = '+447700900000';
const USERS = [
  { name: 'demo', password: 'demo', numbers: [DEMO_NUMBER] },
  { name: 'demo2', password: 'demo2' },
  { name: 'admin', password: 'admin', administrator: true },
];

/** The server would be reachable from other machines with published passwords. */
export class DemoDataPresent extends Error {
  constructor() {
    super(
      'demo users and clients exist, and their passwords are published: remove them with `npm run --silent cli -- demo remove` (with the same DATA_DIR or DATABASE_URL)',
    );
  }
}

export interface DemoSettings {
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
  readonly redirectUris: DemoRedirectUris;
}

/** Where the demo applications return after consent. */
export interface DemoRedirectUris {
  readonly classic: readonly string[];
  readonly modern: readonly string[];
}

/**
 * Creates demo users and clients in an empty embedded database, if the server is reachable from this machine only. If they
 * exist, completes them after a crash and adds the redirect URIs of this server, because another one may use the same database.
 * @returns whether demo data exists now
 * @throws DemoDataPresent if demo data exists where it is not allowed
 */
export async function prepareDemoData(deps: DemoDeps): Promise<boolean> {
  const { config, database } = deps;
  if (!config.loopback || config.production) {
    if (await hasDemoData(database)) throw new DemoDataPresent();
    return false;
  }
  if (config.databaseUrl !== undefined) return hasDemoData(database);
  for (;;) {
    const present = await createUnlessLocked(deps);
    if (present !== undefined) return present;
    await sleep(RETRY_MS);
  }
}

/** Whether the pages of the demo applications exist. Queries the database only if demo data is allowed. */
export async function hasDemoPages({
  config,
  database,
}: Pick<DemoDeps, 'config' | 'database'>): Promise<boolean> {
  return config.loopback && !config.production && (await hasDemoData(database));
}

/** Whether this server issued an authorization code or an access token to a demo client, within the last hour. */
export function isReceivedByDemo(database: Database, secret: string): Promise<boolean> {
  return isIssuedToDemoClient(database, hashToken(secret));
}

/** @returns whether demo data exists now; undefined while another node creates it */
function createUnlessLocked(deps: DemoDeps): Promise<boolean | undefined> {
  return deps.database.transaction(async (tx) => {
    if (!(await tryAdvisoryLock(tx, 'demoData'))) return undefined;
    if (!(await hasDemoData(tx)) && (await hasUsers(tx))) return false;
    await addDemoData(deps);
    return true;
  });
}

async function addDemoData({ users, clients, redirectUris }: DemoDeps): Promise<void> {
  const classic = await addRedirectUris(clients, DEMO_CLASSIC, redirectUris.classic);
  const demoClassic = { name: 'Demo (classic)', redirectUris: classic, classic: true };
  await clients.registerDemoClient(demoClassic, DEMO_CLASSIC, 'demo-classic-secret');
  const modern = await addRedirectUris(clients, DEMO_APP, redirectUris.modern);
  await clients.registerDemoClient({ name: 'Demo app', redirectUris: modern, public: true }, DEMO_APP);
  for (const user of USERS) {
    if (await userExists(users, user.name)) continue; // avoids the slow hash of the password
    await users.addUser({ ...user, maxOngoingCalls: 2, demo: true }, SERVER);
  }
}

/** @returns the redirect URIs of this server, which are the last ones, and those of as many earlier servers as a client may have */
async function addRedirectUris(
  clients: ClientService,
  id: string,
  own: readonly string[],
): Promise<readonly string[]> {
  const present = await clients.findClient(id).then(
    ({ metadata }) => (metadata['redirect_uris'] ?? []) as string[],
    (error) => {
      if (error instanceof ClientNotFound) return [];
      throw error;
    },
  );
  const servers = Math.floor(MAX_REDIRECT_URIS / own.length);
  return [...present.filter((uri) => !own.includes(uri)), ...own].slice(-servers * own.length);
}

function userExists(users: UserService, name: string): Promise<boolean> {
  return users.findUser(name).then(
    () => true,
    (error) => {
      if (error instanceof UserNotFound) return false;
      throw error;
    },
  );
}

/** Removes demo clients, and demo users with their calls. @returns names of the users and ids of the clients */
export function removeDemoData(database: Database, actor: Actor): Promise<string[]> {
  return database.transaction(async (tx) => {
    const { users, clients } = await deleteDemoData(tx);
    for (const { id } of users) await recordAct(tx, actor, { action: 'userErased', userId: id });
    for (const { id } of clients) await recordAct(tx, actor, { action: 'clientRemoved', clientId: id });
    return [...users.map(({ name }) => name), ...clients.map(({ id }) => id)];
  });
}

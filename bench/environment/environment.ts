import { cleanUp as endPeers } from '../../test/harness/clean-up.ts';
import type { Population, Scale } from '../scale.ts';
import { type BenchDatabase, type Cluster, openCluster } from './database.ts';
import { removeFolder } from './folder.ts';
import { killAll } from './processes.ts';
import type { Program } from './program.ts';
import { type Server, startServer } from './server.ts';
import { addUsers } from './users.ts';

/** The environment of a measurement. */
export interface BenchEnvironment extends AsyncDisposable {
  readonly scale: Scale;
  /** Connections of the paths under load. */
  readonly connections: number;
  /** Creates a new database with the users of `scale`. */
  createDatabaseWithUsers(): Promise<BenchDatabase>;
  /** Creates a new database with this many users and calls. */
  createPopulatedDatabase(population: Population): Promise<BenchDatabase>;
  /** Creates a new database with only the schema. */
  createEmptyDatabase(): Promise<BenchDatabase>;
  startServer(database: BenchDatabase, env?: Readonly<Record<string, string>>): Promise<Server>;
}

export interface EnvironmentSettings {
  readonly scale: Scale;
  readonly connections: number;
  readonly program: Program;
}

/** How long cleaning up may take after a signal. */
const CLEAN_UP_TIMEOUT_MS = 15_000;

export async function createEnvironment({
  scale,
  connections,
  program,
}: EnvironmentSettings): Promise<BenchEnvironment> {
  const cluster = await openCluster(program);
  const cleanUp = async () => {
    await endPeers();
    await cluster.close();
    removeFolder();
  };
  let stopping = false;
  const abort = (reason: unknown) => {
    if (stopping) return; // later errors are consequences of the first
    stopping = true;
    if (reason instanceof Error) console.error(reason);
    setTimeout(() => process.exit(1), CLEAN_UP_TIMEOUT_MS);
    killAll();
    cleanUp().finally(() => process.exit(1));
  };
  for (const reason of ['SIGINT', 'SIGTERM', 'uncaughtException'] as const) process.on(reason, abort);
  let userDatabase: Promise<BenchDatabase> | undefined;
  return {
    scale,
    connections,
    async createDatabaseWithUsers() {
      userDatabase ??= createPopulated(cluster, { users: scale.users, calls: 2 * scale.users });
      return cluster.createDatabase(await userDatabase);
    },
    createPopulatedDatabase: (population) => createPopulated(cluster, population),
    createEmptyDatabase: () => cluster.createDatabase(),
    startServer: (database, env) => startServer(program, database, env),
    [Symbol.asyncDispose]: cleanUp,
  };
}

async function createPopulated(cluster: Cluster, population: Population): Promise<BenchDatabase> {
  const database = await cluster.createDatabase();
  await addUsers(database, population);
  return database;
}

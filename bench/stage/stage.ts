import type { Scale } from '../scale.ts';
import { type BenchDatabase, type Cluster, openCluster } from './database.ts';
import { removeFolder } from './folder.ts';
import { addPeople } from './people.ts';
import { killAll } from './processes.ts';
import type { Program } from './program.ts';
import { type Server, startServer } from './server.ts';

/** What a part is measured on. */
export interface Stage extends AsyncDisposable {
  readonly scale: Scale;
  /** Of paths that are loaded by many connections at once. */
  readonly connections: number;
  /** A database of its own for whoever asks, with the people of `scale` in it. */
  peopledDatabase(): Promise<BenchDatabase>;
  /** The same with nothing but the schema. */
  emptyDatabase(): Promise<BenchDatabase>;
  startServer(database: BenchDatabase, env?: Readonly<Record<string, string>>): Promise<Server>;
}

export interface StageSettings {
  readonly scale: Scale;
  readonly connections: number;
  readonly program: Program;
}

/** For all that was started to end, once this process is told to. */
const PATIENCE_MS = 15_000;

export async function setStage({ scale, connections, program }: StageSettings): Promise<Stage> {
  const cluster = await openCluster(program);
  const end = async () => {
    await cluster.close();
    removeFolder();
  };
  let leaving = false;
  const giveUp = (reason: unknown) => {
    if (leaving) return; // whatever breaks now breaks because of it
    leaving = true;
    if (reason instanceof Error) console.error(reason);
    setTimeout(() => process.exit(1), PATIENCE_MS);
    killAll();
    end().finally(() => process.exit(1));
  };
  for (const reason of ['SIGINT', 'SIGTERM', 'uncaughtException'] as const) process.on(reason, giveUp);
  let people: Promise<BenchDatabase> | undefined;
  return {
    scale,
    connections,
    async peopledDatabase() {
      people ??= makePeople(cluster, scale.people);
      return cluster.createDatabase(await people);
    },
    emptyDatabase: () => cluster.createDatabase(),
    startServer: (database, env) => startServer(program, database, env),
    [Symbol.asyncDispose]: end,
  };
}

async function makePeople(cluster: Cluster, count: number): Promise<BenchDatabase> {
  const database = await cluster.createDatabase();
  await addPeople(database, count);
  return database;
}

import { type ServerProcess, startServer } from '../harness/server-process.ts';

/** Two servers on one database, each killed and started again at its own address. */
export interface KillableServers {
  /** Of the first or the second, by an even or an odd number. */
  url(index: number): string;
  /** With SIGKILL, at once. */
  kill(index: number): void;
  /** Until the one that was killed last is up again. */
  allUp(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startServers(env: Record<string, string>): Promise<KillableServers> {
  const running: ServerProcess[] = await Promise.all([0, 1].map(() => startServer(env)));
  const urls = running.map(({ url }) => url);
  let restarting: Promise<unknown> = Promise.resolve();

  async function restart(index: number): Promise<void> {
    await running[index]?.stop('SIGKILL');
    const { port } = new URL(urls[index] ?? '');
    running[index] = await startServer({ ...env, PORT: port });
  }

  return {
    url: (index) => urls[index % 2] ?? '',
    kill(index) {
      restarting = restart(index % 2);
    },
    allUp: () => restarting,
    async stop() {
      await restarting;
      await Promise.all(running.map((server) => server.stop()));
    },
  };
}

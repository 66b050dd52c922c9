import { type ServerProcess, startServer } from '../harness/server-process.ts';

/** Two servers on one database, each killed and started again at its own address. */
export interface KillableServers {
  /** Of the first or the second, by an even or an odd number. */
  url(index: number): string;
  /** With SIGKILL, at once. @returns when it is up again */
  kill(index: number): Promise<void>;
  /** Until those that were killed are up again. */
  allUp(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startServers(env: Record<string, string>): Promise<KillableServers> {
  const running: ServerProcess[] = await Promise.all([0, 1].map(() => startServer(env)));
  const urls = running.map(({ url }) => url);
  const restarting: Promise<void>[] = [];

  async function restart(index: number): Promise<void> {
    await running[index]?.stop('SIGKILL');
    const { port } = new URL(urls[index] ?? '');
    running[index] = await startServer({ ...env, PORT: port });
  }

  return {
    url: (index) => urls[index % 2] ?? '',
    kill(index) {
      const up = restart(index % 2);
      restarting[index % 2] = up;
      return up;
    },
    allUp: () => Promise.all(restarting),
    async stop() {
      await Promise.all(restarting);
      await Promise.all(running.map((server) => server.stop()));
    },
  };
}

import { type ServerProcess, startServer } from '../harness/server-process.ts';

/** Two servers on one database that can be killed and restarted at the same address. */
export interface KillableServers {
  /** The URL of the first server for even numbers, of the second for odd ones. */
  url(index: number): string;
  /** Sends SIGKILL. Resolves when the server runs again. */
  kill(index: number): Promise<void>;
  /** Waits until the killed servers run again. */
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

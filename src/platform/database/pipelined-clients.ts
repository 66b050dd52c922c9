import pg from 'pg';

interface Slot {
  readonly client: pg.Client;
  readonly connected: Promise<unknown>;
  inFlight: number;
}

/**
 * A few connections that all requests share. Each statement is sent at once, behind the statements in flight, so that many
 * requests share round trips. Only for single statements; transactions need a pool.
 */
export class PipelinedClients {
  readonly #settings: pg.ClientConfig;
  readonly #slots: (Slot | undefined)[];

  constructor(settings: pg.ClientConfig, size: number) {
    this.#settings = settings;
    this.#slots = new Array(size).fill(undefined);
  }

  async query<Row extends object>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const slot = this.#leastBusy();
    slot.inFlight++;
    try {
      await slot.connected;
      return await slot.client.query<Row>(query);
    } finally {
      slot.inFlight--;
    }
  }

  use(): { readonly open: number; readonly busy: number; readonly waiting: number } {
    const open = this.#slots.filter((slot) => slot !== undefined);
    return {
      open: open.length,
      busy: open.filter(({ inFlight }) => inFlight > 0).length,
      waiting: open.reduce((sum, { inFlight }) => sum + inFlight, 0),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot?.client.end().catch(() => {})));
  }

  /** Prefers an idle connection, then a new one, then the one with the fewest statements in flight. */
  #leastBusy(): Slot {
    const open = this.#slots.filter((slot) => slot !== undefined).sort((a, b) => a.inFlight - b.inFlight);
    const [first] = open;
    const free = this.#slots.indexOf(undefined);
    if (first && (first.inFlight === 0 || free === -1)) return first;
    return this.#open(free);
  }

  #open(index: number): Slot {
    const client = new pg.Client({ ...this.#settings, pipeline: true });
    const slot = { client, connected: client.connect(), inFlight: 0 };
    this.#slots[index] = slot;
    const drop = () => {
      if (this.#slots[index] === slot) this.#slots[index] = undefined;
    };
    client.once('end', drop);
    client.on('error', drop);
    slot.connected.catch(drop);
    return slot;
  }
}

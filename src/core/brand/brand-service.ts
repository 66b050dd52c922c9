import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { readImage } from '../../platform/image.ts';
import { startPeriodicJob } from '../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { type Brand, type BrandImage, type BrandSettings, type FixedBrand, NO_BRAND } from './brand.ts';
import { readBrandSettings } from './brand-input.ts';
import { findBrand, lockBrand, updateBrand, updateBrandImage } from './brand-store.ts';

/** How soon a node shows what was changed on another. */
const READ_EVERY_MS = 5_000;

/** The brand of the server, as administrators and the configuration set it. */
export interface BrandService {
  /** What this node shows: without a query, because every page needs it. */
  readonly current: Brand;
  /** What the configuration sets. */
  readonly fixed: readonly (keyof Brand)[];
  /** Reads the brand from the database first, because another node may have changed it. */
  read(): Promise<Brand>;
  /** Changes the given settings. @throws InvalidInput, also for what the configuration sets */
  change(settings: Partial<BrandSettings>, actor: Actor): Promise<Brand>;
  /** @param content null removes the image. @throws InvalidInput, also for what the configuration sets */
  setImage(image: BrandImage, content: Buffer | null, actor: Actor): Promise<Brand>;
}

export interface BrandDeps {
  readonly database: Database;
  readonly log: Pick<Logger, 'warn'>;
  readonly fixed: FixedBrand;
}

/** Reads the brand, and reads it again when it has changed. */
export async function startBrand(deps: BrandDeps): Promise<BrandService & { stop(): Promise<void> }> {
  const { database, log, fixed } = deps;
  let current: Brand = { ...NO_BRAND, ...fixed };
  let version: number | null = null;

  async function read(): Promise<Brand> {
    const found = await findBrand(database, version);
    if (found) {
      version = found.version;
      current = { ...found.brand, ...fixed };
    }
    return current;
  }

  function refuseFixed(fields: readonly string[]): void {
    const refused = fields.find((field) => Object.hasOwn(fixed, field));
    if (refused !== undefined)
      throw new InvalidInput(refused, `The configuration of the server sets ${refused}. Change it there.`);
  }

  await read();
  const job = startPeriodicJob({
    everyMs: READ_EVERY_MS,
    runAtStart: false,
    run: async () => void (await read()),
    onError: (error) => log.warn({ err: error }, 'brand: failed to read; will retry'),
  });

  return {
    get current() {
      return current;
    },
    fixed: Object.keys(fixed) as (keyof Brand)[],
    read,

    async change(settings, actor) {
      const wanted = readBrandSettings(settings);
      refuseFixed(Object.keys(wanted));
      await database.transaction(async (tx) => {
        const before = (await lockBrand(tx)) ?? NO_BRAND;
        const changed = Object.entries(wanted)
          .filter(([name, value]) => !isDeepStrictEqual(value, before[name as keyof BrandSettings]))
          .map(([name]) => name);
        if (changed.length === 0) return;
        await updateBrand(tx, { ...before, ...wanted });
        await recordAct(tx, actor, { action: 'brandChanged', details: { changed } });
      });
      return read();
    },

    async setImage(image, content, actor) {
      if (content) readImage(image, content);
      refuseFixed([image]);
      await database.transaction(async (tx) => {
        if (await updateBrandImage(tx, image, content))
          await recordAct(tx, actor, { action: 'brandChanged', details: { changed: [image] } });
      });
      return read();
    },

    stop: job.stop,
  };
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** The measured server. */
export interface Program {
  /** Folder of its sources; may be another version. */
  readonly root: string;
  /** Environment variables in addition to those of production. */
  readonly env: Readonly<Record<string, string>>;
  /** Options of Node.js. */
  readonly nodeOptions: readonly string[];
}

export const ROOT = join(import.meta.dirname, '../..');

/** The environment that `npm start` sets. */
export const PRODUCTION = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node'),
  NODE_OPTIONS: '--max-old-space-size=1024 --max-semi-space-size=32',
  HOST: '127.0.0.1',
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
};

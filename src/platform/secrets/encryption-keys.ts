import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readEncryptionKeys } from '../configuration/values.ts';
import { ConfigError } from '../configuration/variable.ts';

export interface KeySettings {
  /** Undefined: the database is embedded, in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Of ENCRYPTION_KEY; undefined when it is not set. */
  readonly encryptionKeys: readonly Buffer[] | undefined;
}

const KEY_BYTES = 32;
const FILE = 'encryption-key';
const OWNER_ALONE = 0o600;

/**
 * The keys that seal secrets at rest: ENCRYPTION_KEY; or, beside an embedded database, those of `DATA_DIR/encryption-key`,
 * which the first start makes.
 * @throws ConfigError with DATABASE_URL and no ENCRYPTION_KEY: nodes that made a key each could not read each other's
 */
export async function findEncryptionKeys(config: KeySettings): Promise<readonly Buffer[]> {
  if (config.encryptionKeys) return config.encryptionKeys;
  if (config.databaseUrl !== undefined) {
    throw new ConfigError(
      'ENCRYPTION_KEY: must be set with DATABASE_URL, the same on every node; make one with openssl rand -base64 32',
    );
  }
  const path = join(config.dataDir, FILE);
  return readKeyFile(path, (await readExisting(path)) ?? (await makeKeyFile(config.dataDir, path)));
}

function readKeyFile(path: string, text: string): readonly Buffer[] {
  try {
    return readEncryptionKeys(text);
  } catch (error) {
    throw new ConfigError(`DATA_DIR: the key in ${path} ${(error as Error).message}`);
  }
}

async function readExisting(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ConfigError(`DATA_DIR: the key in ${path} cannot be read (${error.code})`);
  });
}

/** Appears whole and on disk under its name, or not at all: of servers that start at once, one makes it. */
async function makeKeyFile(folder: string, path: string): Promise<string> {
  const unfinished = `${path}.new-${process.pid}-${randomBytes(6).toString('hex')}`;
  await mkdir(folder, { recursive: true });
  const file = await open(unfinished, 'wx', OWNER_ALONE);
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await file.sync();
    await link(unfinished, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
  return readFile(path, 'utf8');
}

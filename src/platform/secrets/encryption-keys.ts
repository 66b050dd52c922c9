import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readEncryptionKeys } from '../configuration/values.ts';
import { ConfigError } from '../configuration/variable.ts';
import { createDataFolder, DataFolderUnusable, inDataFolder } from '../data-folder.ts';

export interface KeySettings {
  /** Undefined: the database is embedded, in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** The value of ENCRYPTION_KEY; undefined if it is not set. */
  readonly encryptionKeys: readonly Buffer[] | undefined;
}

const KEY_BYTES = 32;
const FILE = 'encryption-key';
const OWNER_ONLY = 0o600;

/**
 * Returns the keys that encrypt secrets at rest: ENCRYPTION_KEY or, with an embedded database, those of
 * `DATA_DIR/encryption-key`, which the first start creates.
 * @throws ConfigError if DATABASE_URL is set without ENCRYPTION_KEY: nodes with different keys could not read each other's secrets.
 * Also if the file cannot be read or created
 */
export async function findEncryptionKeys(config: KeySettings): Promise<readonly Buffer[]> {
  if (config.encryptionKeys) return config.encryptionKeys;
  if (config.databaseUrl !== undefined) {
    throw new ConfigError(
      'ENCRYPTION_KEY: must be set if DATABASE_URL is set, to the same value on every server; create one with openssl rand -base64 32',
    );
  }
  const path = join(config.dataDir, FILE);
  return readKeyFile(path, (await readExisting(path)) ?? (await createKeyFile(config.dataDir, path)));
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

async function createKeyFile(folder: string, path: string): Promise<string> {
  try {
    await createDataFolder(folder);
    return await inDataFolder(folder, () => writeKeyFile(path));
  } catch (error) {
    throw error instanceof DataFolderUnusable ? new ConfigError(`DATA_DIR: ${error.message}`) : error;
  }
}

/** Creates the file atomically and durably. If several servers start at once, one of them creates it. */
async function writeKeyFile(path: string): Promise<string> {
  const temporary = `${path}.new-${process.pid}-${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await file.sync();
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
  return readFile(path, 'utf8');
}

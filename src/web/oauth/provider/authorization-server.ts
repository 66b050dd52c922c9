import type { FastifyBaseLogger } from 'fastify';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { ClientMetadataInvalid } from '../../../core/clients/client-errors.ts';
import type { MetadataCheck } from '../../../core/clients/client-service.ts';
import { createAdministrationCheck } from '../../../core/console-sessions/administration-check.ts';
import { findGrantedScopes } from '../../../core/grants/grant-store.ts';
import { findAccount } from '../../../core/people/user-store.ts';
import { KEYS_READ_EVERY_SECONDS, readKeys } from '../../../core/signing-keys/signing-keys.ts';
import type { Database } from '../../../platform/database/database.ts';
import { startPeriodicJob } from '../../../platform/jobs/periodic-job.ts';
import { createAdapterFactory } from './adapters/adapter.ts';
import { createTokenReading } from './adapters/token-reading.ts';
import { createProvider } from './provider.ts';

export interface AuthorizationServer {
  /** With the keys that are current now: to be asked for anew by every request. */
  readonly provider: Provider;
  /** Answers a request, by that provider. */
  readonly answer: ReturnType<Provider['callback']>;
  /** Accepts what dynamic registration would accept, and the classic flag. */
  readonly checkMetadata: MetadataCheck;
  stop(): Promise<void>;
}

/** Starts the provider with the keys of the database, and starts it anew whenever they have changed there. */
export async function startAuthorizationServer(
  database: Database,
  issuer: string,
  log: FastifyBaseLogger,
  { secondFactorRequired = false } = {},
): Promise<AuthorizationServer> {
  const tokens = createTokenReading(database);
  const adapter = createAdapterFactory(database, tokens);
  const withKeys = (keys: Awaited<ReturnType<typeof readKeys>>) =>
    createProvider(
      issuer,
      {
        adapter,
        keys,
        findAccount: async (userId) => tokens.accountOfToken(userId) ?? findAccount(database, userId),
        mayGrantAdministration: createAdministrationCheck(database, secondFactorRequired),
        findGrantedScopes: (userId, clientId) => findGrantedScopes(database, userId, clientId),
      },
      log,
    );

  let keys = await readKeys(database);
  let provider = withKeys(keys);
  let answer = provider.callback();
  const reading = startPeriodicJob({
    everyMs: KEYS_READ_EVERY_SECONDS * 1000,
    runAtStart: false,
    async run() {
      const read = await readKeys(database);
      if (read.version === keys.version) return;
      keys = read;
      provider = withKeys(keys);
      answer = provider.callback();
    },
    onError: (error) => log.warn({ err: error }, 'oauth: failed to read keys; the present ones stay in use'),
  });

  return {
    get provider() {
      return provider;
    },
    get answer() {
      return answer;
    },
    checkMetadata: (metadata) => checkMetadata(provider, metadata),
    stop: reading.stop,
  };
}

async function checkMetadata(provider: Provider, metadata: Parameters<MetadataCheck>[0]): Promise<void> {
  try {
    await provider.Client.validate(metadata as Parameters<typeof provider.Client.validate>[0]);
  } catch (error) {
    if (error instanceof errors.InvalidClientMetadata)
      throw new ClientMetadataInvalid(error.error_description ?? error.message);
    throw error;
  }
}

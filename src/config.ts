import { readFileSync } from 'node:fs';
import { type DiallingEntry, readAllowedEntries, readDiallingEntries } from './calls/dialling-entry.ts';
import {
  integer,
  oneOf,
  readCountry,
  readDatabaseUrl,
  readEncryptionKeys,
  readHosts,
  readOrigin,
  readTrustedProxies,
} from './config-values.ts';

/** One thing that the environment may set; the table below is the whole configuration. */
interface Variable<T> {
  readonly description: string;
  /** How the default reads in the documentation. */
  readonly byDefault: string;
  /** Turns the text of the environment (undefined when unset or empty) into a value, or throws what is wrong with it. */
  readonly read: (text: string | undefined, port: number) => T;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/** Of ongoing calls of one user; the schema holds the same. */
export const LARGEST_LIMIT = 10_000;

/** A week. */
const LONGEST_SECONDS = 7 * 24 * 3600;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Every variable that the server reads, in the order of the README's table. */
export const variables = {
  PORT: variable('TCP port to listen on', '8888', (text) => integer(text ?? '8888', 1, 65_535)),
  HOST: variable('address to listen on', '`localhost`', (text) => text ?? 'localhost'),
  PUBLIC_URL: variable(
    'where people and applications reach the server: the issuer, and the base of every absolute URL',
    '`http://localhost:PORT`',
    (text, port) => readOrigin(text ?? `http://localhost:${port}`),
  ),
  DATABASE_URL: variable(
    'PostgreSQL to use, as `postgresql://user:password@host:port/database`',
    'an embedded PostgreSQL under `DATA_DIR`',
    readDatabaseUrl,
  ),
  DATA_DIR: variable('folder of the embedded PostgreSQL', '`./data`', (text) => text ?? './data'),
  ENCRYPTION_KEY: variable(
    'what seals sink tokens, webhook secrets and the secrets of second factors: 32 bytes in base64, the same on every node; several separated by commas: the first seals, all open',
    'a key made in `DATA_DIR`; none with `DATABASE_URL`: the server refuses to start',
    (text) => (text === undefined ? undefined : readEncryptionKeys(text)),
  ),
  LOG_LEVEL: variable(`one of ${LOG_LEVELS.join(', ')}`, '`info`', (text) =>
    oneOf(text ?? 'info', LOG_LEVELS),
  ),
  TRUST_PROXY: variable(
    'proxies in front whose `X-Forwarded-*` headers count: their addresses and networks, separated by commas; `true` only behind one that replaces these headers',
    '`false`',
    readTrustedProxies,
  ),
  MAX_ONGOING_CALLS: variable('limit of ongoing calls of a new user', '2', (text) =>
    integer(text ?? '2', 0, LARGEST_LIMIT),
  ),
  SINK_ALLOW_HOSTS: variable(
    'hosts that sinks and webhooks may reach though they are private, and by `http:`: `host` or `host:port`, separated by commas; for development',
    'none',
    readHosts,
  ),
  DEFAULT_COUNTRY: variable(
    'two-letter country in which numbers without `+` are read',
    'none: such numbers are refused',
    readCountry,
  ),
  CARRIER: variable(
    'what makes the phones ring: `session` (nothing: the call lasts until somebody ends it) or `simulator`',
    '`session`',
    (text) => oneOf(text ?? 'session', ['session', 'simulator']),
  ),
  CALL_TIME_LIMIT: variable(
    'seconds from connection after which a call is ended, and the most that an application may ask for',
    '14400',
    (text) => integer(text ?? '14400', 1, LONGEST_SECONDS),
  ),
  RING_TIMEOUT: variable(
    'seconds that each phone rings, and the most that an application may ask for',
    '60',
    (text) => integer(text ?? '60', 1, 600),
  ),
  SESSION_LEASE: variable(
    'seconds after which a call of the carrier `session` is ended unless its application renews it',
    'none: the time limit alone counts',
    (text) => (text === undefined ? undefined : integer(text, 1, LONGEST_SECONDS)),
  ),
  DIAL_ALLOW: variable(
    'numbers that may be called: countries (`GB`), prefixes (`+4420`), `premium`, `shared-cost`, separated by commas',
    'all that `DIAL_DENY` does not name',
    (text) => (text === undefined ? [] : readAllowedEntries(text)),
  ),
  DIAL_DENY: variable(
    'numbers that are never called, even where `DIAL_ALLOW` names them: the same, and `emergency`; replaces the default',
    '`emergency,premium`',
    (text) => readDiallingEntries(text ?? 'emergency,premium'),
  ),
  CONSOLE_SECOND_FACTOR: variable(
    'whether administrators need a passkey or a code beside the password in the console: `optional` (who has one is asked for it) or `required` (who has none sets one up first)',
    '`optional`',
    (text) => oneOf(text ?? 'optional', ['optional', 'required']),
  ),
  RETENTION_DAYS: variable(
    'full days after which ended calls are removed or stripped',
    'none: calls are kept for good',
    (text) => (text === undefined ? undefined : integer(text, 1, 36_500)),
  ),
  RETENTION_ACTION: variable(
    'what happens to calls after `RETENTION_DAYS`: `remove`, with their events and deliveries, or `strip` of numbers and of what their clients wrote',
    '`remove`',
    (text) => oneOf(text ?? 'remove', ['remove', 'strip']),
  ),
  NODE_ENV: variable(
    '`production` creates no demo data and refuses to run with it',
    '`development`',
    (text) => oneOf(text ?? 'development', ['development', 'test', 'production']),
  ),
} satisfies Record<string, Variable<unknown>>;

type Variables = typeof variables;
type Values = { readonly [Name in keyof Variables]: ReturnType<Variables[Name]['read']> };

/** The server's settings, validated once at start. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** No trailing slash; scheme, host and port only. */
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** The first seals, all open; undefined when unset. 32 bytes each. */
  readonly encryptionKeys: readonly Buffer[] | undefined;
  /** In lower case, as `host` or `host:port`; an IPv6 address in brackets. */
  readonly sinkAllowHosts: readonly string[];
  readonly logLevel: LogLevel;
  readonly trustProxy: boolean | string[];
  readonly maxOngoingCalls: number;
  readonly defaultCountry: ReturnType<typeof readCountry>;
  readonly carrier: 'session' | 'simulator';
  /** Seconds. */
  readonly callTimeLimit: number;
  /** Seconds. */
  readonly ringTimeout: number;
  /** Seconds. */
  readonly sessionLease: number | undefined;
  readonly dialAllow: readonly DiallingEntry[];
  readonly dialDeny: readonly DiallingEntry[];
  readonly consoleSecondFactorRequired: boolean;
  /** Undefined: calls are kept for good. */
  readonly retentionDays: number | undefined;
  readonly retentionAction: 'remove' | 'strip';
  readonly production: boolean;
  /** Reachable from this machine only: it listens nowhere else, and nothing says that a proxy makes it reachable. */
  readonly loopback: boolean;
  readonly version: string;
}

/** A variable of the environment has a value that cannot be used; the message names the variable. */
export class ConfigError extends Error {}

/**
 * Reads and validates the whole configuration.
 * @throws ConfigError naming the first variable that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const port = value('PORT', env, 0);
  const values = Object.fromEntries(
    Object.keys(variables).map((name) => [name, value(name as keyof Variables, env, port as number)]),
  ) as Values;
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    databaseUrl: values.DATABASE_URL,
    dataDir: values.DATA_DIR,
    encryptionKeys: values.ENCRYPTION_KEY,
    sinkAllowHosts: values.SINK_ALLOW_HOSTS,
    logLevel: values.LOG_LEVEL,
    trustProxy: values.TRUST_PROXY,
    maxOngoingCalls: values.MAX_ONGOING_CALLS,
    defaultCountry: values.DEFAULT_COUNTRY,
    carrier: values.CARRIER,
    callTimeLimit: values.CALL_TIME_LIMIT,
    ringTimeout: values.RING_TIMEOUT,
    sessionLease: values.SESSION_LEASE,
    dialAllow: values.DIAL_ALLOW,
    dialDeny: values.DIAL_DENY,
    consoleSecondFactorRequired: values.CONSOLE_SECOND_FACTOR === 'required',
    retentionDays: values.RETENTION_DAYS,
    retentionAction: values.RETENTION_ACTION,
    production: values.NODE_ENV === 'production',
    loopback:
      LOOPBACK.test(values.HOST) &&
      LOOPBACK.test(new URL(values.PUBLIC_URL).hostname) &&
      values.TRUST_PROXY === false,
    version: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  };
}

function variable<T>(description: string, byDefault: string, read: Variable<T>['read']): Variable<T> {
  return { description, byDefault, read };
}

function value(name: keyof Variables, env: NodeJS.ProcessEnv, port: number): unknown {
  const text = env[name]?.trim() || undefined;
  try {
    return variables[name].read(text, port);
  } catch (error) {
    throw new ConfigError(`${name}: ${(error as Error).message}`);
  }
}

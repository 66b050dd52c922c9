import { LARGEST_LIMIT } from '../core/people/user-input.ts';
import { readAllowedEntries, readDiallingEntries } from '../core/phone-numbers/dialling-entry.ts';
import {
  integer,
  oneOf,
  readCountry,
  readDatabaseUrl,
  readEncryptionKeys,
  readHosts,
  readOrigin,
  readToken,
  readTrustedProxies,
} from '../platform/configuration/values.ts';
import { type Variable, variable } from '../platform/configuration/variable.ts';
import { LOG_LEVELS } from '../platform/logger.ts';

/** A week. */
const LONGEST_SECONDS = 7 * 24 * 3600;

/** Of the server itself; those of the carriers are with them. */
export const serverVariables = {
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
    'what makes the phones ring: `session` (nothing: the call lasts until somebody ends it), `simulator`, `sip` (the server itself, by a PBX or a trunk) or `ari` (an Asterisk)',
    '`session`',
    (text) => oneOf(text ?? 'session', ['session', 'simulator', 'sip', 'ari']),
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
  CALLS_PER_MINUTE: variable(
    'calls that one user may open within a minute, where calls cost money: with `sip` and `ari`',
    'as many as their limit lets through',
    (text) => (text === undefined ? undefined : integer(text, 1, 10_000)),
  ),
  TALK_TIME_PER_DAY: variable(
    'seconds that one user may talk within 24 hours, where calls cost money; ongoing calls count with their time limit, which is cut to what is left',
    'as many as their limits let through',
    (text) => (text === undefined ? undefined : integer(text, 1, LONGEST_SECONDS)),
  ),
  METRICS_TOKEN: variable(
    'bearer token with which Prometheus reads `/metrics`; at least 16 characters',
    'none: there is no `/metrics`',
    readToken,
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

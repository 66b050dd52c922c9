import { readFileSync } from 'node:fs';
import { ariConfigOf, ariVariables } from '../carriers/ari/ari-config.ts';
import type { CarrierConfig } from '../carriers/create-carriers.ts';
import { sipConfigOf, sipVariables } from '../carriers/sip/sip-config.ts';
import type { FixedBrand } from '../core/brand/brand.ts';
import type { DiallingEntry } from '../core/phone-numbers/dialling-entry.ts';
import type { RetentionAction } from '../core/retention/retention.ts';
import type { readCountry } from '../platform/configuration/values.ts';
import { ConfigError, type Values } from '../platform/configuration/variable.ts';
import type { LogLevel } from '../platform/logger.ts';
import { isLoopbackHost } from '../platform/loopback.ts';
import { findMisspellings } from './misspellings.ts';
import { brandVariables, callVariables, databaseVariables, serverVariables } from './variables.ts';

/** All environment variables of the server, in the order of the documentation. */
export const variables = {
  ...serverVariables,
  ...brandVariables,
  ...databaseVariables,
  ...callVariables,
  ...sipVariables,
  ...ariVariables,
};

type Variables = typeof variables;

/** The server's settings, validated once at start. */
export interface Config extends CarrierConfig {
  readonly port: number;
  readonly host: string;
  /** No trailing slash; scheme, host and port only. */
  readonly publicUrl: string;
  readonly brand: FixedBrand;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** 32 bytes each; the first encrypts, all decrypt. Undefined if unset. */
  readonly encryptionKeys: readonly Buffer[] | undefined;
  /** In lower case, as `host` or `host:port`; an IPv6 address in brackets. */
  readonly sinkAllowHosts: readonly string[];
  readonly logLevel: LogLevel;
  readonly trustProxy: boolean | string[];
  readonly maxOngoingCalls: number;
  readonly defaultCountry: ReturnType<typeof readCountry>;
  /** Calls per user that cost money; undefined: no limit. */
  readonly callsPerMinute: number | undefined;
  /** Seconds in 24 hours per user, in calls that cost money; undefined: no limit. */
  readonly talkTimePerDay: number | undefined;
  /** Undefined: metrics are disabled. */
  readonly metricsToken: string | undefined;
  /** Seconds. */
  readonly callTimeLimit: number;
  /** Seconds. */
  readonly ringTimeout: number;
  /** Seconds. */
  readonly sessionLease: number | undefined;
  readonly dialAllow: readonly DiallingEntry[];
  readonly dialDeny: readonly DiallingEntry[];
  readonly consoleSecondFactorRequired: boolean;
  /** Whether redirect URIs with plain `http:` may lead to other machines. */
  readonly allowHttpRedirects: boolean;
  /** In lower case: `host`, `host:port`, `*.host` or `*`. Empty: applications must be registered. */
  readonly clientDocumentHosts: readonly string[];
  /** Requests per network address; see ANONYMOUS_REQUESTS_PER_MINUTE. */
  readonly anonymousRequestsPerMinute: number;
  /** Seconds for which a used refresh token is accepted again. */
  readonly refreshTokenGrace: number;
  /** Undefined: calls are kept forever. */
  readonly retentionDays: number | undefined;
  readonly retentionAction: RetentionAction;
  readonly production: boolean;
  /** Whether the server is reachable from this machine only: it listens on a loopback address, and no proxy is configured. */
  readonly loopback: boolean;
  readonly version: string;
  /** One line each, for the operator. */
  readonly warnings: readonly string[];
}

/**
 * Reads and validates the whole configuration.
 * @throws ConfigError that names the first invalid variable
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const port = value('PORT', env, 0);
  const values = Object.fromEntries(
    Object.keys(variables).map((name) => [name, value(name as keyof Variables, env, port as number)]),
  ) as Values<Variables>;
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    brand: fixedBrandOf(values),
    databaseUrl: values.DATABASE_URL,
    dataDir: values.DATA_DIR,
    encryptionKeys: values.ENCRYPTION_KEY,
    sinkAllowHosts: values.SINK_ALLOW_HOSTS,
    logLevel: values.LOG_LEVEL,
    trustProxy: values.TRUST_PROXY,
    maxOngoingCalls: values.MAX_ONGOING_CALLS,
    defaultCountry: values.DEFAULT_COUNTRY,
    carrier: values.CARRIER,
    sip: values.CARRIER === 'sip' ? sipConfigOf(values) : undefined,
    ari: values.CARRIER === 'ari' ? ariConfigOf(values) : undefined,
    callsPerMinute: values.CALLS_PER_MINUTE,
    talkTimePerDay: values.TALK_TIME_PER_DAY,
    metricsToken: values.METRICS_TOKEN,
    callTimeLimit: values.CALL_TIME_LIMIT,
    ringTimeout: values.RING_TIMEOUT,
    sessionLease: values.SESSION_LEASE,
    dialAllow: values.DIAL_ALLOW,
    dialDeny: values.DIAL_DENY,
    consoleSecondFactorRequired: values.CONSOLE_SECOND_FACTOR === 'required',
    allowHttpRedirects: values.ALLOW_HTTP_REDIRECTS === 'true',
    clientDocumentHosts: values.CLIENT_DOCUMENT_HOSTS,
    anonymousRequestsPerMinute: values.ANONYMOUS_REQUESTS_PER_MINUTE,
    refreshTokenGrace: values.REFRESH_TOKEN_GRACE,
    retentionDays: values.RETENTION_DAYS,
    retentionAction: values.RETENTION_ACTION,
    production: values.NODE_ENV === 'production',
    loopback:
      isLoopbackHost(values.HOST) &&
      isLoopbackHost(new URL(values.PUBLIC_URL).hostname) &&
      values.TRUST_PROXY === false,
    version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
    warnings: findMisspellings(env, Object.keys(variables)),
  };
}

/** Only what is set: the rest is for administrators. */
function fixedBrandOf(values: Values<Variables>): FixedBrand {
  const brand = {
    name: values.BRAND_NAME,
    logo: values.BRAND_LOGO,
    logoDark: values.BRAND_LOGO_DARK,
    favicon: values.BRAND_FAVICON,
    accent: values.BRAND_ACCENT,
    accentDark: values.BRAND_ACCENT_DARK,
    support: values.BRAND_SUPPORT,
    legal: values.BRAND_LEGAL,
  };
  return Object.fromEntries(Object.entries(brand).filter(([, value]) => value !== undefined));
}

function value(name: keyof Variables, env: NodeJS.ProcessEnv, port: number): unknown {
  const text = env[name]?.trim() || undefined;
  try {
    return variables[name].read(text, port);
  } catch (error) {
    throw new ConfigError(`${name}: ${(error as Error).message}`);
  }
}

import type { BaseLogger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The logger of all parts of the server; pino in production. */
export type Logger = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>;

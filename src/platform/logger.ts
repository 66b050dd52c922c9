import type { BaseLogger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** What every part of the server logs with; pino in production. */
export type Logger = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>;

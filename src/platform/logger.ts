import type { BaseLogger } from 'pino';

/** What every part of the server logs with; pino in production. */
export type Logger = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>;

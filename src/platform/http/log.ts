import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import type { LogLevel } from '../logger.ts';

/** Bytes to buffer before a write: one write per line costs a third of the throughput. */
const BUFFER = 4096;
/** Limits the delay of log lines on a quiet server. */
const FLUSH_EVERY_MS = 500;

export interface ServerLog {
  readonly logger: FastifyBaseLogger;
  /** Flushes the buffer and stops. Call this last. */
  close(): void;
}

/** Logs only the path of a request, because query strings of the classic API contain secrets. Never logs headers. */
export function createLog(level: LogLevel): ServerLog {
  const destination = pino.destination({ sync: false, minLength: BUFFER });
  const logger = pino(
    {
      level,
      base: null,
      serializers: {
        req: (request: FastifyRequest) => ({
          method: request.method,
          path: pathOf(request),
          address: request.ip,
        }),
        res: (reply: FastifyReply) => ({ status: reply.statusCode }),
        err: pino.stdSerializers.errWithCause,
      },
    },
    destination,
  );
  const timer = setInterval(() => destination.flush(), FLUSH_EVERY_MS).unref();
  return {
    logger,
    close() {
      clearInterval(timer);
      destination.flushSync();
    },
  };
}

/** The path of a request, without its query string. */
export function pathOf({ url }: FastifyRequest): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

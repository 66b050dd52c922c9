import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import type { LogLevel } from '../logger.ts';

/** Bytes gathered before they are written: a write for every line costs a third of the throughput. */
const BUFFER = 4096;
/** So that the last lines of a quiet server are not kept for long. */
const FLUSH_EVERY_MS = 500;

export interface Log {
  readonly logger: FastifyBaseLogger;
  /** Writes what is buffered and stops; to be called last. */
  close(): void;
}

/** Requests are logged by path alone: query strings of the classic API hold secrets. No header is ever logged. */
export function createLog(level: LogLevel): Log {
  const destination = pino.destination({ sync: false, minLength: BUFFER });
  const logger = pino(
    {
      level,
      base: null,
      serializers: {
        req: (request: FastifyRequest) => ({
          method: request.method,
          path: request.url.split('?', 1)[0],
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

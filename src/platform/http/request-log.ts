import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { pathOf } from './log.ts';

/** Of the log, at which requests are logged. */
const LOGGING_LEVELS = ['trace', 'debug', 'info'];

/**
 * Logs each request with one line, when its response has been sent or its client has disconnected. Fastify's two lines, at the
 * start and at the end, take 6 to 9 µs of processor time per request, one takes 3.
 */
export class RequestLog extends LogController {
  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    if (LOGGING_LEVELS.includes(request.log.level)) reply.raw.once('close', () => logRequest(request, reply));
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest): void {
    if (error) request.log.error({ err: error }, 'http: failed to send a response');
  }
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { method, ip: address, routeOptions } = request;
  const { headersSent, writableFinished, statusCode } = reply.raw;
  const line = {
    method,
    path: pathOf(request),
    route: routeOptions.url,
    address,
    status: headersSent ? statusCode : undefined,
    durationMs: Math.round(reply.elapsedTime * 100) / 100,
  };
  if (writableFinished) request.log.info(line, 'http: request completed');
  else request.log.info(line, 'http: client disconnected before the response was complete');
}

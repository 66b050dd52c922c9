import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { answerBrokenRequest } from './errors/broken-requests.ts';
import { createErrorPresenter, presentErrors, type StylesByPrefix } from './errors/present-errors.ts';
import { describeViolations } from './errors/schema-violations.ts';
import { buildSerializer } from './serializers.ts';
import { buildValidator } from './validators.ts';

/** Request bodies are forms and small JSON objects; bytes. */
const BODY_LIMIT = 64 * 1024;
/** Of a parameter in a path; more than there can be, so that the schemas judge them all. */
const LONGEST_PARAMETER = 64 * 1024;
/** For a whole request to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often it is looked whether one is late: it is cut so much later at most. */
const LATE_LOOKED_FOR_EVERY_MS = 5_000;

/**
 * A server without routes, which limits what it reads, validates it strictly and presents all errors.
 * @param trustProxy whether, or from which addresses and networks, `X-Forwarded-*` headers count
 */
export function createHttpServer(
  trustProxy: boolean | string[],
  logger: FastifyBaseLogger,
  errorStyles: StylesByPrefix,
): FastifyInstance {
  const presentError = createErrorPresenter(errorStyles);
  const app = Fastify({
    loggerInstance: logger,
    trustProxy,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      // Node takes the shorter of the two for the headers: its own of 60 s would become that of the body.
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: LATE_LOOKED_FOR_EVERY_MS,
    },
    forceCloseConnections: 'idle',
    frameworkErrors: presentError,
    schemaErrorFormatter: describeViolations,
    schemaController: { compilersFactory: { buildSerializer, buildValidator } },
    clientErrorHandler: answerBrokenRequest,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, keywords: ['x-extension'] } },
  });
  presentErrors(app, presentError);
  return app;
}

import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { readForwardedAddresses } from './client-address.ts';
import { readCorrelator } from './correlator.ts';
import { handleClientError } from './errors/client-error-handler.ts';
import { createErrorPresenter, presentErrors, type StylesByPath } from './errors/present-errors.ts';
import { schemaError } from './errors/schema-violations.ts';
import { readablePath } from './errors/unreadable-path.ts';
import { type PageContextOf, providePageContext } from './pages/page-context.ts';
import { RequestLog } from './request-log.ts';
import { buildSerializer, buildValidator } from './schema-compilers.ts';

/** Bytes; request bodies are forms and small JSON objects. */
const MAX_BODY_LENGTH = 64 * 1024;
/** Of a path parameter; longer than any URL, so that the schema decides which parameters are too long. */
const MAX_PARAMETER_LENGTH = 64 * 1024;
/** How long a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node.js checks for timed-out requests, so the timeout is accurate to this interval. */
const TIMEOUT_CHECK_MS = 5_000;

/**
 * Creates a server without routes. It limits and strictly validates all input, and handles all errors.
 * @param trustProxy true, or the proxies (addresses and networks) whose `X-Forwarded-*` headers the server believes
 */
export function createHttpServer(
  trustProxy: boolean | string[],
  logger: FastifyBaseLogger,
  errorStyles: StylesByPath,
  pageContextOf: PageContextOf,
): FastifyInstance {
  const presentError = createErrorPresenter(errorStyles);
  const app = Fastify({
    loggerInstance: logger,
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    childLoggerFactory: (parent, bindings, options, request) =>
      parent.child({ ...bindings, correlator: readCorrelator(request) }, options),
    trustProxy,
    bodyLimit: MAX_BODY_LENGTH,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      // Node.js applies the shorter timeout to the headers and the longer one to the body, so its default of 60 s must not stay.
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    forceCloseConnections: 'idle',
    rewriteUrl: ({ url = '/' }) => readablePath(url),
    frameworkErrors: presentError,
    schemaErrorFormatter: schemaError,
    schemaController: { compilersFactory: { buildSerializer, buildValidator } },
    clientErrorHandler: handleClientError,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  providePageContext(app, pageContextOf);
  presentErrors(app, presentError);
  if (trustProxy !== false) readForwardedAddresses(app, logger);
  return app;
}

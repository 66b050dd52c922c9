import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorStyle } from '../../../web/entry/request-context.ts';
import type { DomainError } from '../../domain-error.ts';
import { correlatorOf } from '../correlator.ts';
import { type Page, sendPage } from '../pages/page.ts';
import { negotiate, toXml } from '../representation.ts';
import { errorPage } from './error-pages.ts';
import { camaraCodeOf, type ErrorClass } from './error-statuses.ts';

type Present = (error: DomainError, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** The words of each face. Nothing but a domain error's own message and details ever leaves. */
export const presentations: Readonly<Record<ErrorStyle, Present>> = {
  classic: presentOwn,
  admin: presentOwn,
  camara: presentCamara,
  oauth: presentOAuth,
};

const JSON_TYPE = 'application/json; charset=utf-8';
/** Of ErrorInfo's message, in characters. */
const LONGEST_MESSAGE = 512;

/** JSON, XML or a page, whichever is preferred. */
async function presentOwn(
  error: DomainError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (preferredType(request)) {
    case 'html':
      return sendPage(reply, (await ownPage(error, request, reply)) ?? errorPage(error, reply.statusCode));
    case 'xml':
      return reply
        .type('application/xml; charset=utf-8')
        .send(toXml({ error: { code: error.code, message: error.message } }));
    default:
      return reply
        .type(JSON_TYPE)
        .send(JSON.stringify({ error: error.code, message: error.message, ...error.details }));
  }
}

/** ErrorInfo of CAMARA's definitions; details come as further properties, which it allows. */
async function presentCamara(
  error: DomainError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const status = reply.statusCode;
  const message = error.message.slice(0, LONGEST_MESSAGE);
  const code = camaraCodeOf(error.constructor as ErrorClass, status);
  // No hook has seen a request whose address cannot be decoded.
  if (!reply.hasHeader('x-correlator')) reply.header('x-correlator', correlatorOf(request));
  // Bytes: to the type of a text a charset would be added, which JSON does not have and CAMARA's scenarios do not expect.
  const body = Buffer.from(JSON.stringify({ ...error.details, status, code, message }));
  return reply.type('application/json').send(body);
}

/** RFC 6749 section 5.2, for what fails before the provider itself can answer. */
async function presentOAuth(
  error: DomainError,
  _request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { statusCode: status } = reply;
  const code =
    status === 503 ? 'temporarily_unavailable' : status >= 500 ? 'server_error' : 'invalid_request';
  return reply.type(JSON_TYPE).send(JSON.stringify({ error: code, error_description: error.message }));
}

function ownPage(
  error: DomainError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Page | undefined> | undefined {
  return request.routeOptions?.config?.errorPage?.(error, request, reply);
}

function preferredType(request: FastifyRequest) {
  try {
    return negotiate(request, 'json', 'html', 'xml');
  } catch {
    return 'json';
  }
}

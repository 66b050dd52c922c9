import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeclaredError, type ErrorStyle } from '../../declared-error.ts';
import { correlatorOf } from '../correlator.ts';
import { type Page, sendPage } from '../pages/page.ts';
import { negotiate, toXml } from '../representation.ts';
import './error-config.ts';
import { errorJson } from './error-json.ts';
import { errorPage } from './error-pages.ts';

type Present = (error: DeclaredError, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** The format of each API. A response contains only the message and the details of the error. */
export const presenters: Readonly<Record<ErrorStyle, Present>> = {
  own: presentOwn,
  problem: presentProblem,
  classic: presentOwn,
  camara: presentCamara,
  oauth: presentOAuth,
};

const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends JSON, XML or a page, as the client prefers. */
async function presentOwn(
  error: DeclaredError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (preferredType(request)) {
    case 'html':
      return presentPage(error, request, reply);
    case 'xml':
      return reply
        .type('application/xml; charset=utf-8')
        .send(toXml({ error: { code: error.code, message: error.message } }));
    default:
      return reply.type(JSON_TYPE).send(JSON.stringify(errorJson(error, reply.statusCode, 'own')));
  }
}

/** Sends CAMARA's ErrorInfo, which has no details; the message names what is wrong. */
async function presentCamara(
  error: DeclaredError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  addCorrelator(request, reply);
  // As bytes, because Fastify adds a charset to the type of a text; JSON has none, and CAMARA's test scenarios do not expect one.
  const body = Buffer.from(JSON.stringify(errorJson(error, reply.statusCode, 'camara')));
  return reply.type('application/json').send(body);
}

/** Sends problem details; their extension members are the code and the details of the error. */
async function presentProblem(
  error: DeclaredError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  addCorrelator(request, reply);
  // As bytes, because Fastify adds a charset to the type of a text, and JSON has none.
  return reply
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(errorJson(error, reply.statusCode, 'problem'))));
}

/** No hook runs for a request whose address is too long. */
function addCorrelator(request: FastifyRequest, reply: FastifyReply): void {
  if (!reply.hasHeader('x-correlator')) reply.header('x-correlator', correlatorOf(request));
}

/** Sends the error response of RFC 6749 section 5.2, or a page, for requests that fail before they reach the provider. */
async function presentOAuth(
  error: DeclaredError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (preferredType(request) === 'html') return presentPage(error, request, reply);
  return reply.type(JSON_TYPE).send(JSON.stringify(errorJson(error, reply.statusCode, 'oauth')));
}

async function presentPage(
  error: DeclaredError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  return sendPage(reply, (await ownPage(error, request, reply)) ?? errorPage(error));
}

/** @returns the page of the route; undefined if it has none, or if the request is too broken for it */
async function ownPage(
  error: DeclaredError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Page | undefined> {
  try {
    return await request.routeOptions?.config?.errorPage?.(error, request, reply);
  } catch (failure) {
    if (!(failure instanceof DeclaredError))
      request.log.error({ err: failure }, 'http: failed to render an error page; sending the general one');
    return undefined;
  }
}

function preferredType(request: FastifyRequest) {
  try {
    return negotiate(request, 'json', 'html', 'xml');
  } catch {
    return 'json';
  }
}

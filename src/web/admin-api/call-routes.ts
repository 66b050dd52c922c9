import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS, ENDED_BY } from '../../core/calls/call.ts';
import { type CallAdministration, REASON_LENGTHS } from '../../core/calls/call-administration.ts';
import { CallNotFound } from '../../core/calls/call-errors.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { exportResponse, format } from '../../platform/http/export.ts';
import { FORM_OR_JSON, JSON_OR_XML } from '../../platform/http/openapi/operation.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { dateTime, oneOf, oneOrNull } from '../../platform/http/openapi/values.ts';
import { nextPageToken, pageParameters, readPage } from '../../platform/http/query.ts';
import { represent } from '../../platform/http/representation.ts';
import { actorOf } from '../entry/actor.ts';
import { AdminCall, adminCall, adminCallInXml } from '../representations/admin-call.ts';
import { sendCallExport } from '../representations/call-export.ts';
import { readCallSearch, searchParameters } from '../representations/call-search-query.ts';
import { TAGS } from '../representations/tags.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminCalls];
const params = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, description: 'Id of the call.' }),
});
const call = answer(AdminCall, 'The call.');

const EndCall = Type.Object(
  {
    reason: Type.Optional(
      Type.String({
        ...REASON_LENGTHS,
        description: 'Why the call is ended, for the audit log. Phone numbers in it are removed.',
        examples: ['The customer asked us to hang up.'],
      }),
    ),
  },
  { additionalProperties: false },
);

const Transition = Type.Object({
  sequence: Type.Integer({ minimum: 1, description: 'Counts the events of the call’s user.', examples: [5] }),
  state: oneOf(CALL_STATES, 'The new state of the call.', 'connected'),
  reason: oneOrNull(DISCONNECTION_REASONS, 'Why the call ended; null before that.'),
  endedBy: oneOrNull(ENDED_BY, 'Who ended the call; null before that.'),
  at: dateTime('When it happened.'),
});

interface AdminCallDeps {
  readonly calls: CallAdministration;
}

export const adminCallRoutes: FastifyPluginAsyncTypebox<AdminCallDeps> = async (app, { calls }) => {
  app.get(
    '/admin/calls',
    {
      config,
      schema: {
        operationId: 'listAllCalls',
        summary: 'List calls',
        description:
          'Calls of all users, newest first. Every parameter except `page_size` and `page_token` is a filter.',
        tags,
        querystring: Type.Object({ ...searchParameters, ...pageParameters }, { additionalProperties: false }),
        response: {
          200: Type.Object(
            { calls: Type.Array(AdminCall), nextPageToken },
            { description: 'A page of calls.' },
          ),
        },
      },
    },
    async ({ query }) => {
      const { page_size, page_token, ...search } = query;
      const page = readPage({ page_size, page_token });
      const { items, nextPageToken } = await calls.listCalls(readCallSearch(search), page);
      const now = new Date();
      return { calls: items.map((each) => adminCall(each, now)), nextPageToken };
    },
  );

  app.get(
    '/admin/calls/export',
    {
      config,
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportCalls',
        summary: 'Export calls',
        description:
          'All matching calls, newest first, as one streamed file. If the connection breaks, the file is incomplete.',
        tags,
        querystring: Type.Object({ ...searchParameters, format }, { additionalProperties: false }),
        response: { 200: exportResponse },
      },
    },
    async (request, reply) => {
      const { format, ...search } = request.query;
      const pages = calls.exportCalls(readCallSearch(search), actorOf(request));
      return sendCallExport(request, reply, format, pages);
    },
  );

  app.get(
    '/admin/calls/:id',
    {
      config,
      schema: {
        operationId: 'findAnyCall',
        summary: 'Show a call',
        description: 'A call of any user, ongoing or ended.',
        tags,
        produces: JSON_OR_XML,
        params,
        response: { 200: call },
        errors: [CallNotFound, NotAcceptable],
      },
    },
    async (request, reply) => {
      const json = adminCall(await calls.findCall(request.params.id), new Date());
      return represent(request, reply, { json, xml: { call: adminCallInXml(json) } });
    },
  );

  app.get(
    '/admin/calls/:id/events',
    {
      config,
      schema: {
        operationId: 'showTimeline',
        summary: 'Show the timeline of a call',
        description: 'The transitions of the call, in order.',
        tags,
        params,
        response: { 200: Type.Object({ events: Type.Array(Transition) }, { description: 'The timeline.' }) },
        errors: [CallNotFound],
      },
    },
    async ({ params: { id } }) => ({ events: await calls.findTimeline(id) }),
  );

  app.post(
    '/admin/calls/:id/end',
    {
      config,
      schema: {
        operationId: 'endAnyCall',
        summary: 'End a call',
        description: 'A call of any user. A call that has already ended does not change.',
        tags,
        consumes: FORM_OR_JSON,
        params,
        body: EndCall,
        response: { 200: call },
        errors: [CallNotFound],
      },
    },
    async (request) => {
      const ended = await calls.endCall(request.params.id, actorOf(request), request.body.reason);
      return adminCall(ended, new Date());
    },
  );
};

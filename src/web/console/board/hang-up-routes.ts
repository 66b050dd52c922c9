import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { CallAdministration } from '../../../core/calls/call-administration.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { CONSOLE } from '../return-to.ts';
import { type HangUp, hangUpBody, LONGEST_REASON } from './hang-up-page.ts';

const params = Type.Object({ id: Type.String({ maxLength: 64 }) });
const Form = Type.Object({ reason: Type.Optional(Type.String({ maxLength: 4096 })) });
const path = `${CONSOLE}/calls/:id/end`;

export interface HangUpParts {
  readonly calls: CallAdministration;
  readonly publicUrl: string;
}

/** Ending any call, by force and for a reason. */
export function hangUpRoutes({ calls, publicUrl }: HangUpParts) {
  const pageOf = (request: FastifyRequest, hangUp: HangUp): Page =>
    consolePage({
      title: hangUp.call.endedAt === null ? 'Hang up this call?' : 'This call has ended',
      current: CONSOLE,
      administrator: administratorOf(request),
      wide: false,
      body: hangUpBody(hangUp),
    });

  const errorPage = problemIn(CONSOLE, async (error, request) => {
    if (!(error instanceof InvalidInput)) return undefined;
    const { id } = request.params as Static<typeof params>;
    const { reason } = (request.body ?? {}) as Static<typeof Form>;
    return pageOf(request, { call: await calls.findCall(id), reason, wrong: error.message });
  });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage } as const;

    app.get(path, { config, schema: { hide: true, params } }, async (request, reply) =>
      sendPage(reply, pageOf(request, { call: await calls.findCall(request.params.id) })),
    );

    app.post(
      path,
      { config, preValidation: sameOriginOnly(publicUrl), schema: { hide: true, params, body: Form } },
      async (request, reply) => {
        const reason = readReason(request.body.reason);
        const { endedAt } = await calls.findCall(request.params.id);
        if (endedAt !== null) return reply.redirect(`${CONSOLE}?done=endedBefore`, 303);
        const { endedBy } = await calls.endCall(request.params.id, actorOf(request), reason);
        const done = endedBy === 'administrator' ? 'ended' : 'endedBefore';
        return reply.redirect(`${CONSOLE}?done=${done}`, 303);
      },
    );
  };
}

/** @throws InvalidInput */
function readReason(given: string | undefined): string {
  const reason = given?.trim() ?? '';
  if (reason === '' || reason.length > LONGEST_REASON)
    throw new InvalidInput('reason', `Enter a reason of 1 to ${LONGEST_REASON} characters.`);
  return reason;
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { type Static, Type } from 'typebox';
import type { Call } from '../../../core/calls/call.ts';
import type { CallAdministration } from '../../../core/calls/call-administration.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { facts, textField, time } from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { typedFields } from '../../form-errors.ts';
import { CONSOLE, callAddress, HISTORY, userAddress } from '../addresses.ts';
import { typedText } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { callBadge, parties } from '../records.ts';

const MAX_REASON_LENGTH = 200;

const params = Type.Object({ id: Type.String({ maxLength: 64 }) });
const Form = Type.Object({ reason: typedText(4096) });
const path = `${HISTORY}/:id/end`;

interface ConsoleHangUpDeps {
  readonly calls: CallAdministration;
}

/** Ending any call, with a reason for the audit log. */
export const consoleHangUpRoutes: FastifyPluginAsyncTypebox<ConsoleHangUpDeps> = async (app, { calls }) => {
  async function pageOf(request: FastifyRequest, reason?: string, wrong?: string): Promise<Page> {
    const call = await calls.findCall((request.params as Static<typeof params>).id);
    return consolePage(request, {
      title: call.endedAt === null ? 'Hang up this call?' : 'This call has ended',
      current: CONSOLE,
      wide: false,
      body: bodyOf(call, reason, wrong),
    });
  }

  const errorPage = errorPageIn(CONSOLE, async (error, request) => {
    if (!(error instanceof InvalidInput)) return undefined;
    const { reason } = typedFields(request.body);
    return pageOf(request, reason, error.message);
  });
  const config = { entry: 'console', errorPage } as const;

  app.get(path, { config, schema: { hide: true, params } }, async (request, reply) =>
    sendPage(reply, await pageOf(request)),
  );

  app.post(path, { config, schema: { hide: true, params, body: Form } }, async (request, reply) => {
    const { id } = request.params;
    const reason = readReason(request.body.reason);
    const { endedAt } = await calls.findCall(id);
    if (endedAt !== null) return reply.redirect(`${CONSOLE}?done=endedBefore`, 303);
    const { endedBy } = await calls.endCall(id, actorOf(request), reason);
    const done = endedBy === 'administrator' ? 'ended' : 'endedBefore';
    return reply.redirect(`${CONSOLE}?done=${done}`, 303);
  });
};

/** @throws InvalidInput */
function readReason(typed: string | undefined): string {
  const reason = typed?.trim() ?? '';
  if (reason === '' || reason.length > MAX_REASON_LENGTH)
    throw new InvalidInput('reason', `Enter a reason of 1 to ${MAX_REASON_LENGTH} characters.`);
  return reason;
}

function bodyOf(call: Call, reason: string | undefined, wrong: string | undefined): string {
  const { id, userName, state, createdAt, endedAt } = call;
  return html`
    !${endedAt === null ? '' : html`<p class="notice">This call has already ended, at !${time(endedAt)}.</p>`}
    !${facts([
      ['Call', html`<a href="${callAddress(id)}">${parties(call)}</a>`],
      ['User', html`<a href="${userAddress(userName)}">${userName}</a>`],
      ['State', callBadge(state)],
      ['Opened', time(createdAt)],
    ])}
    !${endedAt === null ? form(id, reason, wrong) : html`<p><a class="button" href="${CONSOLE}">Back to calls</a></p>`}`;
}

function form(id: string, reason: string | undefined, wrong: string | undefined): string {
  return html`<form method="post" action="${callAddress(id)}/end" class="card">
    !${problemNotice(wrong)}
    !${textField({
      name: 'reason',
      label: 'Reason',
      value: reason,
      hint: 'For the audit log: why you end this call. Do not include names or phone numbers.',
      maxLength: MAX_REASON_LENGTH,
      required: true,
      autofocus: wrong === undefined,
      autocomplete: 'off',
    })}
    <div class="buttons">
      <button type="submit" class="danger">Hang up</button>
      <a class="button quiet" href="${CONSOLE}">Cancel</a>
    </div>
  </form>`;
}

import type { FastifyRequest } from 'fastify';
import type { GrantService } from '../../../core/grants/grant-service.ts';
import type { UserService } from '../../../core/people/user-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { USERS } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { type RefusedForm, type ShownUser, userBody } from './user-page.ts';

export interface UserParts {
  readonly users: UserService;
  readonly grants: GrantService;
  readonly publicUrl: string;
}

/** @throws UserNotFound */
export async function userPage(
  request: FastifyRequest,
  { users, grants }: UserParts,
  given: Pick<ShownUser, 'done' | 'refused'>,
): Promise<Page> {
  const { name } = request.params as { name: string };
  const administrator = administratorOf(request);
  const user = await users.findUser(name);
  const granted = await grants.listGrants(user.name);
  const own = user.id === administrator.userId;
  const body = userBody({ user, grants: granted, own, ...given });
  return consolePage({ title: user.name, current: USERS, administrator, body });
}

/** The page with a form that could not be accepted; never with a password that was typed. */
export function refusedIn(form: RefusedForm['form'], parts: UserParts): ErrorPage {
  return problemIn(USERS, async (error, request) => {
    if (!(error instanceof InvalidInput)) return undefined;
    const { [form]: typed = '' } = (request.body ?? {}) as Partial<Record<string, string>>;
    const refused = { form, wrong: error.message, typed: form === 'password' ? '' : typed };
    return userPage(request, parts, { refused });
  });
}

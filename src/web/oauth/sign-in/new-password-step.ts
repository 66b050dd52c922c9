import type { FastifyReply, FastifyRequest } from 'fastify';
import type {
  NewPasswordTickets,
  PasswordChange,
  TicketPurpose,
} from '../../../core/people/new-password-tickets.ts';
import type { NewPassword, OwnAccountService } from '../../../core/people/own-account-service.ts';
import { PasswordRefused } from '../../../core/people/people-errors.ts';
import type { Proof } from '../../../core/people/sign-in.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { COOKIE, providerContext } from '../provider/pass-to-provider.ts';
import { NewPasswordExpired, PasswordChangeRequired } from './new-password-errors.ts';

/** Where a sign-in continues on which the user must choose a new password. */
export interface NextSignInStep {
  readonly purpose: TicketPurpose;
  /** URL of the page. */
  readonly location: string;
}

/**
 * The step of a sign-in in which a user replaces a password that someone else set. A cookie holds a ticket between the two
 * forms; there is no session before the password is replaced.
 */
export interface NewPasswordStep {
  /** @throws PasswordChangeRequired, which redirects to the page of the step */
  begin(request: FastifyRequest, reply: FastifyReply, proof: Proof, next: NextSignInStep): never;
  /** @returns undefined without a valid ticket */
  find(
    request: FastifyRequest,
    reply: FastifyReply,
    purpose: TicketPurpose,
  ): Promise<PasswordChange | undefined>;
  /** @throws NewPasswordExpired, InvalidInput, PasswordHashingBusy */
  complete(
    request: FastifyRequest,
    reply: FastifyReply,
    purpose: TicketPurpose,
    chosen: NewPassword,
  ): Promise<Proof>;
}

export interface NewPasswordStepDeps {
  readonly server: AuthorizationServer;
  readonly tickets: NewPasswordTickets;
  readonly accounts: Pick<OwnAccountService, 'changePassword'>;
  readonly publicUrl: string;
}

export function createNewPasswordStep(deps: NewPasswordStepDeps): NewPasswordStep {
  const { server, tickets, accounts, publicUrl } = deps;
  const cookieName = server.cookieNames.newPassword;
  const cookiesOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply).cookies;

  const find: NewPasswordStep['find'] = (request, reply, purpose) =>
    tickets.read(cookiesOf(request, reply).get(cookieName, { signed: true }), purpose);

  return {
    begin(request, reply, proof, { purpose, location }) {
      cookiesOf(request, reply).set(cookieName, tickets.issue(proof, purpose), COOKIE);
      throw new PasswordChangeRequired(location);
    },

    find,

    async complete(request, reply, purpose, chosen) {
      const change = await find(request, reply, purpose);
      if (!change) throw new NewPasswordExpired();
      const { userId } = change.proof;
      const actor = { kind: 'user', userId, ipAddress: request.ip } as const;
      const proof = await accounts.changePassword(change.proof, chosen, actor).catch((error) => {
        // The password was replaced since the ticket was read, as by the same form, sent twice.
        throw error instanceof PasswordRefused ? new NewPasswordExpired() : error;
      });
      cookiesOf(request, reply).set(cookieName, null, COOKIE);
      return proof;
    },
  };
}

import type Provider from 'oidc-provider';
import { type GrantService, mayGrant } from '../../../core/grants/grant-service.ts';
import type { BrowserSignIn } from '../sign-in/browser-sign-in.ts';
import { choiceOf, type SentChoice } from './choice.ts';
import { createGrant } from './load-grant.ts';

type Interaction = Awaited<ReturnType<typeof Provider.prototype.interactionDetails>>;
/** What the provider goes on with after a person has answered. */
export type InteractionAnswer = NonNullable<Interaction['result']>;

/** What is asked of the person: to sign in, or to consent to scopes. */
export interface Question {
  readonly prompt: 'login' | 'consent';
  readonly clientId: string;
  /** '' while nobody is signed in. */
  readonly userId: string;
  readonly clientName: string;
  readonly redirectUri: string;
  /** Those asked for that this user may grant. */
  readonly scopes: readonly string[];
}

/** The browser from which the answer came. */
export interface AnsweredFrom {
  readonly ipAddress: string;
  /** What its cookie of the console holds. */
  readonly consoleToken: string | undefined;
}

export async function questionOf(
  signIn: BrowserSignIn,
  provider: Provider,
  interaction: Interaction,
): Promise<Question> {
  const { params, prompt, session } = interaction;
  const client = await provider.Client.find(String(params['client_id']));
  const account = session && (await signIn.findAccount(session.accountId));
  return {
    prompt: prompt.name === 'login' ? 'login' : 'consent',
    clientId: String(params['client_id']),
    userId: session?.accountId ?? '',
    clientName: client?.clientName ?? String(params['client_id']),
    redirectUri: String(params['redirect_uri'] ?? ''),
    scopes: requestedScopes(interaction).filter((scope) => mayGrant(account, scope)),
  };
}

/**
 * Records the consent and what was issued under it. A user who is no administrator grants all but `admin`.
 * @throws InvalidInput, SecondFactorNotVerified
 */
export async function grantRequested(
  { signIn, grants }: { signIn: BrowserSignIn; grants: GrantService },
  provider: Provider,
  interaction: Interaction,
  sent: SentChoice,
  { ipAddress, consoleToken }: AnsweredFrom,
): Promise<InteractionAnswer> {
  const { userId, clientId } = partiesOf(interaction);
  const account = await signIn.findAccount(userId);
  const requested = requestedScopes(interaction);
  const choice = choiceOf(
    requested.filter((scope) => mayGrant(account, scope)),
    sent,
  );
  const { granted } = choice;
  await grants.requireSecondFactorFor(userId, granted, consoleToken);
  const rejected = requested.filter((scope) => !granted.includes(scope));
  await grants.grant(userId, clientId, choice, { ipAddress, currentAuthorizationId: interaction.grantId });
  const grant = await createGrant(provider, { userId, clientId, granted, rejected });
  return { consent: { grantId: grant.jti } };
}

/** Records the refusal, which the application hears of. */
export async function refuseRequested(
  { grants }: { grants: GrantService },
  interaction: Interaction,
  ipAddress: string,
): Promise<InteractionAnswer> {
  const { userId, clientId } = partiesOf(interaction);
  await grants.refuse(userId, clientId, requestedScopes(interaction), ipAddress);
  return { error: 'access_denied', error_description: 'the person refused' };
}

function partiesOf({ session, params }: Interaction) {
  return { userId: session?.accountId ?? '', clientId: String(params['client_id']) };
}

function requestedScopes({ params }: Interaction): string[] {
  return String(params['scope'] ?? '')
    .split(' ')
    .filter(Boolean);
}

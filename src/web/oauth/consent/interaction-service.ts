import type { Client, Provider } from 'oidc-provider';
import type { NewClient } from '../../../core/clients/client.ts';
import { ClientNotFound } from '../../../core/clients/client-errors.ts';
import { isDocumentAddress } from '../../../core/clients/document-client.ts';
import { type GrantService, mayGrant } from '../../../core/grants/grant-service.ts';
import { toDocumentClient } from '../provider/client-documents.ts';
import { shownNameOf } from '../shown-name.ts';
import type { BrowserSignIn } from '../sign-in/browser-sign-in.ts';
import { type ChoiceFields, readChoice } from './choice.ts';
import type { FindClient } from './former-interaction.ts';
import { SecondFactorNotVerified } from './interaction-errors.ts';
import { createProviderGrant } from './load-grant.ts';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;
/** The result with which the provider continues. */
export type InteractionResult = NonNullable<Interaction['result']>;

/** What the page asks the user: to sign in, or to consent to scopes. */
export interface Question {
  readonly prompt: 'login' | 'consent';
  readonly clientId: string;
  /** '' if no user is signed in. */
  readonly userId: string;
  readonly clientName: string;
  /** The client as its document describes it; undefined for a registered client. */
  readonly documentClient: NewClient | undefined;
  readonly redirectUri: string;
  /** The requested scopes that this user may grant. */
  readonly scopes: readonly string[];
}

/** The browser that sent the form. */
export interface Browser {
  readonly ipAddress: string;
  /** The value of the console cookie. */
  readonly consoleToken: string | undefined;
}

export async function readQuestion(
  signIn: BrowserSignIn,
  findClient: FindClient,
  interaction: Interaction,
): Promise<Question> {
  const { params, prompt, session } = interaction;
  const { userId, clientId } = partiesOf(interaction);
  const client = await findClient(clientId);
  const account = session && (await signIn.findAccount(userId));
  return {
    prompt: prompt.name === 'login' ? 'login' : 'consent',
    clientId,
    userId,
    clientName: client ? shownNameOf(client) : clientId,
    documentClient: describedBy(client),
    redirectUri: String(params['redirect_uri'] ?? ''),
    scopes: requestedScopes(interaction).filter((scope) => mayGrant(account, scope)),
  };
}

/**
 * Records the grant and creates its authorization. Scopes that the user may not grant are left out.
 * @throws InvalidInput, SecondFactorNotVerified; ClientNotFound for a client that was removed, or is being removed; what
 * `findClient` throws
 */
export async function allowInteraction(
  {
    signIn,
    grants,
    findClient,
    provider,
  }: { signIn: BrowserSignIn; grants: GrantService; findClient: FindClient; provider: Provider },
  interaction: Interaction,
  fields: ChoiceFields,
  { ipAddress, consoleToken }: Browser,
): Promise<InteractionResult> {
  const { userId, clientId } = partiesOf(interaction);
  const account = await signIn.findAccount(userId);
  const requested = requestedScopes(interaction);
  const choice = readChoice(
    requested.filter((scope) => mayGrant(account, scope)),
    fields,
  );
  const { granted } = choice;
  const secondFactor = await grants.checkSecondFactor(userId, granted, consoleToken);
  if (secondFactor === 'missing') throw new SecondFactorNotVerified();
  const rejected = requested.filter((scope) => !granted.includes(scope));
  const client = await findClient(clientId);
  if (!client) throw new ClientNotFound(clientId);
  await grants.grant(userId, clientId, choice, {
    ipAddress,
    currentAuthorizationId: interaction.grantId,
    documentClient: describedBy(client),
  });
  const grant = await createProviderGrant(provider, { userId, client, granted, rejected });
  if (secondFactor === 'verified') await grants.recordSecondFactor(grant.jti);
  return { consent: { grantId: grant.jti } };
}

/** Records the refusal. @returns the error for the application */
export async function denyInteraction(
  { grants }: { grants: GrantService },
  interaction: Interaction,
  ipAddress: string,
): Promise<InteractionResult> {
  const { userId, clientId } = partiesOf(interaction);
  await grants.refuse(userId, clientId, requestedScopes(interaction), ipAddress);
  return { error: 'access_denied', error_description: 'the user denied access' };
}

function describedBy(client: Client | undefined): NewClient | undefined {
  return client && isDocumentAddress(client.clientId) ? toDocumentClient(client) : undefined;
}

function partiesOf({ session, params }: Interaction) {
  return { userId: session?.accountId ?? '', clientId: String(params['client_id']) };
}

function requestedScopes({ params }: Interaction): string[] {
  return String(params['scope'] ?? '')
    .split(' ')
    .filter(Boolean);
}

import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import {
  ASSERTION_AUDIENCES,
  type AssertionAudience,
  type Client,
  type ClientMetadata,
  type ClientService,
  createClientService,
  type LogoutRegistration,
  logoutRegistrationOf,
  MAX_REGISTRATIONS,
  type RegisteredClient,
} from '../core/clients/client-service.ts';
import { checkSinkUrl } from '../core/events/deliveries/sink-url.ts';
import { addCommand, type CommandContext, readAllPages, wholeNumber, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';

/** Clients that one token for dynamic registration registers, unless the command says otherwise. */
const DEFAULT_REGISTRATIONS = 10;

export function addClientCommands(program: Command): void {
  const client = program.command('client').description('registered applications (OAuth clients)');

  addLogoutOptions(addCommand(client, 'add', 'register an application and show its secret once'))
    .requiredOption('--name <name>', 'name shown to users')
    .requiredOption('--redirect-uri <uri...>', 'URLs to which users return after granting access')
    .option('--origin <origin...>', 'additional web origins that may call this server (CORS)')
    .option('--classic', 'allow the API of 2012: implicit flow, secrets and tokens in URLs')
    .option('--public', 'register without a secret: for single-page and installed applications')
    .action((options) =>
      withClients(async (clients) => {
        const registration = {
          name: options.name,
          redirectUris: options.redirectUri,
          origins: options.origin ?? [],
          classic: options.classic === true,
          public: options.public === true,
          ...logoutOf(options),
        };
        const registered = await clients.registerClient(registration, COMMAND_LINE);
        printRow(clientWithSecretRow(registered), options.json);
      }),
    );

  addCommand(client, 'list', 'list all applications, newest first').action((options) =>
    withClients(async (clients) =>
      printRows((await readAllPages(clients.listClients)).map(clientRow), options.json),
    ),
  );

  addCommand(
    client,
    'rotate <id>',
    'replace the secret and show the new one once; the old one stops working',
  ).action((id: string, options) =>
    withClients(async (clients) =>
      printRow(clientWithSecretRow(await clients.rotateSecret(id, COMMAND_LINE)), options.json),
    ),
  );

  addCommand(
    client,
    'assertion-audience <id> <audience>',
    `set whom the application’s signed assertions may name as audience (${ASSERTION_AUDIENCES.join(' or ')}); tokenEndpoint is for applications that cannot name the issuer`,
  ).action((id: string, audience: string, options) =>
    withClients(async (clients) => {
      const changed = await clients.setAssertionAudience(id, readAudience(audience), COMMAND_LINE);
      printRow({ id, assertionAudience: changed.assertionAudience }, options.json);
    }),
  );

  addLogoutOptions(
    addCommand(
      client,
      'logout <id>',
      'replace what an application registered for the sign-out of its users; an option that is missing is removed',
    ),
  ).action((id: string, options) =>
    withClients(async (clients) => {
      const { metadata } = await clients.setLogout(id, logoutOf(options), COMMAND_LINE);
      printRow({ id, ...logoutRegistrationOf(metadata) }, options.json);
    }),
  );

  addCommand(
    client,
    'pkce <id> <use>',
    'require PKCE of an application (required), or accept a nonce instead (optional), for one that cannot use PKCE',
  ).action((id: string, use: string, options) =>
    withClients(async (clients) => {
      const { pkceRequired } = await clients.setPkceRequired(id, readPkceUse(use), COMMAND_LINE);
      printRow({ id, pkceRequired }, options.json);
    }),
  );

  addCommand(client, 'remove <id>', 'remove an application with its grants, tokens and ongoing calls').action(
    (id: string, options) =>
      withClients(async (clients) => {
        await clients.removeClient(id, COMMAND_LINE);
        printRow({ id, removed: true }, options.json);
      }),
  );

  addCommand(
    program,
    'initial-access-token',
    'create a token for dynamic client registration, valid for a day',
  )
    .option(
      '--registrations <n>',
      `how many applications may register with it, at most ${MAX_REGISTRATIONS}`,
      wholeNumber,
      DEFAULT_REGISTRATIONS,
    )
    .action((options) =>
      withClients(async (clients) => {
        const issued = await clients.issueInitialAccessToken(options.registrations, COMMAND_LINE);
        printRow({ ...issued }, options.json);
      }),
    );
}

function addLogoutOptions(command: Command): Command {
  return command
    .option(
      '--post-logout-redirect-uri <uri...>',
      'URLs to which users may return after signing out (OpenID Connect RP-Initiated Logout)',
    )
    .option(
      '--backchannel-logout-uri <uri>',
      'URL that gets a logout token when a user signs out (OpenID Connect Back-Channel Logout)',
    )
    .option('--backchannel-logout-session-required', 'name the session (sid) in logout tokens and ID tokens');
}

function logoutOf(options: {
  readonly postLogoutRedirectUri?: string[];
  readonly backchannelLogoutUri?: string;
  readonly backchannelLogoutSessionRequired?: boolean;
}): LogoutRegistration {
  const { postLogoutRedirectUri, backchannelLogoutUri, backchannelLogoutSessionRequired } = options;
  return {
    postLogoutRedirectUris: postLogoutRedirectUri,
    backchannelLogoutUri,
    backchannelLogoutSessionRequired,
  };
}

function withClients<T>(work: (clients: ClientService) => Promise<T>): Promise<T> {
  return withDatabase(({ config, database }) => {
    const redirectUriPolicy = { allowHttp: config.allowHttpRedirects };
    return work(
      createClientService({
        database,
        redirectUriPolicy,
        checkReceiverUrl: (url, field) => checkSinkUrl(url, config.sinkAllowHosts, field),
        checkMetadata: (metadata) => checkMetadata({ config, database }, metadata),
      }),
    );
  });
}

/** Starts the authorization server, which knows the rules. It is loaded here because loading it takes longer than any command. */
async function checkMetadata(
  { config, database }: Pick<CommandContext, 'config' | 'database'>,
  metadata: ClientMetadata,
): Promise<void> {
  const { startAuthorizationServer } = await import('../web/oauth/provider/authorization-server.ts');
  const server = await startAuthorizationServer(database, config.publicUrl, pino({ level: 'silent' }));
  try {
    await server.checkMetadata(metadata);
  } finally {
    await server.stop();
  }
}

/** @throws InvalidArgumentError */
function readAudience(text: string): AssertionAudience {
  const audience = ASSERTION_AUDIENCES.find((each) => each === text);
  if (!audience) throw new InvalidArgumentError(`Must be ${ASSERTION_AUDIENCES.join(' or ')}.`);
  return audience;
}

/** @returns whether PKCE is required @throws InvalidArgumentError */
function readPkceUse(text: string): boolean {
  if (text !== 'required' && text !== 'optional')
    throw new InvalidArgumentError('Must be required or optional.');
  return text === 'required';
}

function clientRow({ id, name, classic, secretHash, metadata, origins, registeredBy }: Client) {
  const redirectUris = metadata['redirect_uris'];
  return { id, name, classic, public: secretHash === null, redirectUris, origins, registeredBy };
}

function clientWithSecretRow({ client, secret }: RegisteredClient) {
  return { ...clientRow(client), ...(secret !== undefined && { secret }) };
}

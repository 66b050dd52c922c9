import type { Command } from 'commander';
import { pino } from 'pino';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import { recordAct } from '../core/audit/audit-store.ts';
import {
  type Client,
  type ClientService,
  createClientService,
  type RegisteredClient,
} from '../core/clients/client-service.ts';
import { joinTransaction } from '../platform/database/database.ts';
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../web/oauth/provider/authorization-server.ts';
import { addCommand, type CommandContext, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';

export function addClientCommands(program: Command): void {
  const client = program.command('client').description('registered applications (OAuth clients)');

  addCommand(client, 'add', 'register an application and show its secret once')
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
        };
        const registered = await clients.registerClient(registration, COMMAND_LINE);
        printRow(clientWithSecretRow(registered), options.json);
      }),
    );

  addCommand(client, 'list', 'list all applications').action((options) =>
    withClients(async (clients) => printRows((await clients.listClients()).map(clientRow), options.json)),
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
  ).action((options) =>
    withDatabase(async (context) => printRow(await issueInitialAccessToken(context), options.json)),
  );
}

function withClients<T>(work: (clients: ClientService) => Promise<T>): Promise<T> {
  return withDatabase((context) =>
    work(
      createClientService(context.database, (metadata) =>
        withAuthorizationServer(context, (server) => server.checkMetadata(metadata)),
      ),
    ),
  );
}

/** The token exists only if the audit log has it. */
function issueInitialAccessToken({ config, database }: CommandContext) {
  return database.transaction((tx) =>
    withAuthorizationServer({ config, database: joinTransaction(database, tx) }, async ({ provider }) => {
      const issued = new provider.InitialAccessToken();
      const expires = new Date(Date.now() + issued.expiration * 1000);
      const token = await issued.save();
      await recordAct(tx, COMMAND_LINE, { action: 'initialAccessTokenIssued' });
      return { token, expires };
    }),
  );
}

/** Runs work with the authorization server, which validates metadata and creates its tokens. */
async function withAuthorizationServer<T>(
  { config, database }: Pick<CommandContext, 'config' | 'database'>,
  work: (server: AuthorizationServer) => Promise<T>,
): Promise<T> {
  const server = await startAuthorizationServer(database, config.publicUrl, pino({ level: 'silent' }));
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

function clientRow({ id, name, classic, secretHash, metadata, origins }: Client) {
  return { id, name, classic, public: secretHash === null, redirectUris: metadata['redirect_uris'], origins };
}

function clientWithSecretRow({ client, secret }: RegisteredClient) {
  return { ...clientRow(client), ...(secret !== undefined && { secret }) };
}

import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import { createGrantService, type GrantService } from '../core/grants/grant-service.ts';
import { createUserService } from '../core/people/user-service.ts';
import { addCommand, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';

export function addGrantCommands(program: Command): void {
  const grant = program.command('grant').description('permissions that users gave to applications');

  addCommand(grant, 'list <user>', 'list the grants of a user').action((user: string, options) =>
    withGrants(async (grants, checkUser) => {
      await checkUser(user);
      printRows(
        (await grants.listGrants(user)).map(({ clientId, clientName, scopes, grantedAt }) => ({
          client: clientId,
          name: clientName,
          scopes,
          granted: grantedAt,
        })),
        options.json,
      );
    }),
  );

  addCommand(
    grant,
    'withdraw <user> <client>',
    'remove a grant; ends the application’s tokens and calls of this user',
  ).action((user: string, client: string, options) =>
    withGrants(async (grants) => {
      await grants.withdraw(user, client, COMMAND_LINE);
      printRow({ user, client, grant: 'withdrawn' }, options.json);
    }),
  );
}

function withGrants<T>(
  work: (grants: GrantService, checkUser: (name: string) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  return withDatabase(({ config, database }) =>
    work(createGrantService(database), createUserService(database, config.defaultCountry).findUser),
  );
}

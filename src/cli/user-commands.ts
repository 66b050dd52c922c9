import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import { createUserService, type User, type UserService } from '../core/people/user-service.ts';
import { finishErasures } from '../core/personal-data/erasure.ts';
import { createPersonalDataService } from '../core/personal-data/personal-data-service.ts';
import { InvalidInput } from '../platform/domain-error.ts';
import { addCommand, readAllPages, wholeNumber, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';
import { addSecondFactorCommands } from './second-factor-commands.ts';

export function addUserCommands(program: Command): void {
  const user = program.command('user').description('people who can sign in and place calls');

  addCommand(user, 'add <name>', 'add a user')
    .option('--password-stdin', 'read the password from standard input (required)')
    .option('--require-change', 'make the user choose another password at the first sign-in')
    .option('--limit <n>', 'limit of ongoing calls (default: MAX_ONGOING_CALLS)', wholeNumber)
    .option('--admin', 'make the user an administrator')
    .option('--number <number...>', 'numbers to call from; the first is the default')
    .option('--sip-address <uri>', 'SIP address of the user’s own phone, such as sip:anna@pbx.example.com')
    .action(async (name: string, options) => {
      const password = await readPassword(options);
      await withUsers(async (users, defaultLimit) => {
        const added = {
          name,
          password,
          passwordChangeRequired: options.requireChange === true,
          administrator: options.admin === true,
          maxOngoingCalls: options.limit ?? defaultLimit,
          numbers: options.number ?? [],
          sipAddress: options.sipAddress,
        };
        printRow(userRow(await users.addUser(added, COMMAND_LINE)), options.json);
      });
    });

  addCommand(user, 'list', 'list all users').action((options) =>
    withUsers(async (users) =>
      printRows((await readAllPages((page) => users.listUsers(page))).map(userRow), options.json),
    ),
  );

  addCommand(user, 'limit <name> <n>', 'set the limit of ongoing calls of a user').action(
    (name: string, limit: string, options) =>
      withUsers(async (users) =>
        printRow(userRow(await users.setLimit(name, wholeNumber(limit), COMMAND_LINE)), options.json),
      ),
  );

  addCommand(user, 'password <name>', 'set the password of a user; ends their sessions and tokens')
    .option('--password-stdin', 'read the password from standard input (required)')
    .option('--require-change', 'make the user choose another password at the next sign-in')
    .action(async (name: string, options) => {
      const password = await readPassword(options);
      await withUsers(async (users) => {
        const given = { password, changeRequired: options.requireChange === true };
        const { passwordChangeRequired } = await users.setPassword(name, given, COMMAND_LINE);
        printRow({ name, password: 'changed', passwordChangeRequired }, options.json);
      });
    });

  addCommand(user, 'disable <name>', 'disable a user; ends their sessions, tokens and calls').action(
    (name: string, options) =>
      withUsers(async (users) =>
        printRow(userRow(await users.setDisabled(name, true, COMMAND_LINE)), options.json),
      ),
  );

  addCommand(user, 'enable <name>', 'enable a disabled user').action((name: string, options) =>
    withUsers(async (users) =>
      printRow(userRow(await users.setDisabled(name, false, COMMAND_LINE)), options.json),
    ),
  );

  addCommand(
    user,
    'number <name> [numbers...]',
    'replace the numbers that a user may call from; the first is the default, none clears them',
  ).action((name: string, numbers: string[], options) =>
    withUsers(async (users) =>
      printRow(userRow(await users.setNumbers(name, numbers, COMMAND_LINE)), options.json),
    ),
  );

  addCommand(user, 'sip-address <name> [uri]', 'show or set the SIP address of a user’s own phone')
    .option('--none', 'remove the address and use SIP_CALLER_ADDRESS')
    .action((name: string, uri: string | undefined, options) => {
      if (uri !== undefined && options.none)
        throw new InvalidInput('none', 'give either an address or --none');
      return withUsers(async (users) => {
        if (uri === undefined && !options.none) {
          const { name: storedName, sipAddress } = await users.findUser(name);
          return printRow({ name: storedName, sipAddress }, options.json);
        }
        printRow(userRow(await users.setSipAddress(name, uri ?? null, COMMAND_LINE)), options.json);
      });
    });

  addSecondFactorCommands(user);
  addCommand(user, 'export <name>', 'print all data about a user, as JSON').action((name: string) =>
    withDatabase(async ({ database }) => {
      const pieces = await createPersonalDataService(database).exportPerson(name, COMMAND_LINE);
      await pipeline(Readable.from(pieces), process.stdout, { end: false });
    }),
  );

  addCommand(user, 'erase <name>', 'erase a user; their calls remain without numbers')
    .option('--yes', 'confirm that this cannot be undone (required)')
    .action((name: string, options) => {
      if (options.yes !== true) throw new InvalidInput('yes', 'this cannot be undone: give --yes');
      return withDatabase(async ({ database }) => {
        await createPersonalDataService(database).erasePerson(name, COMMAND_LINE);
        await finishErasures(database);
        printRow({ name, erased: true }, options.json);
      });
    });
}

function withUsers<T>(work: (users: UserService, defaultLimit: number) => Promise<T>): Promise<T> {
  return withDatabase(({ config, database }) =>
    work(createUserService(database, config.defaultCountry), config.maxOngoingCalls),
  );
}

/** Other users of the machine can see command line arguments in the list of processes. */
async function readPassword(options: { passwordStdin?: boolean }): Promise<string> {
  if (options.passwordStdin !== true) {
    throw new InvalidInput('password', 'give --password-stdin, and the password on standard input');
  }
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

function userRow(user: User) {
  const { name, administrator, disabled, maxOngoingCalls: limit, ongoingCalls: ongoing } = user;
  return {
    name,
    limit,
    ongoing,
    administrator,
    disabled,
    numbers: user.numbers,
    sipAddress: user.sipAddress,
    passwordChangeRequired: user.passwordChangeRequired,
  };
}

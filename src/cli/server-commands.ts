import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import { removeDemoData } from '../core/demo/demo-data.ts';
import { rotateKeys } from '../core/signing-keys/signing-keys.ts';
import { addCommand, withDatabase } from './command.ts';
import { printRow } from './output.ts';

export function addServerCommands(program: Command): void {
  addCommand(program, 'migrate', 'bring the database’s schema up to date, as every start does').action(
    (options) => withDatabase(async ({ migrations }) => printRow({ applied: migrations }, options.json)),
  );

  addCommand(
    program.command('keys').description('what the server signs with'),
    'rotate',
    'make new keys, for all nodes',
  ).action((options) =>
    withDatabase(async ({ database }) => {
      await rotateKeys(database, COMMAND_LINE);
      printRow(
        { rotated: true, signing: 'in a minute and a half, when all nodes have read them' },
        options.json,
      );
    }),
  );

  addCommand(
    program.command('demo').description('demo users and clients'),
    'remove',
    'remove them, with their calls',
  ).action((options) =>
    withDatabase(async ({ database }) =>
      printRow({ removed: await removeDemoData(database, COMMAND_LINE) }, options.json),
    ),
  );
}

import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import { removeDemoData } from '../core/demo/demo-data.ts';
import { rotateKeys } from '../core/signing-keys/signing-keys.ts';
import { addCommand, withDatabase } from './command.ts';
import { printRow } from './output.ts';

export function addServerCommands(program: Command): void {
  addCommand(program, 'migrate', 'update the database schema, as every start does').action((options) =>
    withDatabase(async ({ migrations }) => printRow({ applied: migrations }, options.json)),
  );

  addCommand(
    program.command('keys').description('the keys that sign ID tokens and cookies'),
    'rotate',
    'create new keys for all servers',
  ).action((options) =>
    withDatabase(async ({ database }) => {
      await rotateKeys(database, COMMAND_LINE);
      printRow({ rotated: true, signing: 'in 90 seconds, when all servers have read them' }, options.json);
    }),
  );

  addCommand(
    program.command('demo').description('demo users and clients'),
    'remove',
    'remove the demo users and clients, and their calls',
  ).action((options) =>
    withDatabase(async ({ database }) =>
      printRow({ removed: await removeDemoData(database, COMMAND_LINE) }, options.json),
    ),
  );
}

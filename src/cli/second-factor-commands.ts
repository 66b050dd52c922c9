import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import {
  createSecondFactorAdministration,
  type SecondFactorAdministration,
} from '../core/second-factors/second-factor-administration.ts';
import { addCommand, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';

/** @param user the parent command */
export function addSecondFactorCommands(user: Command): void {
  addCommand(user, 'second-factors <name>', 'list the second factors of a user').action(
    (name: string, options) =>
      withSecondFactors(async (secondFactors) => {
        const rows = await secondFactors.list(name);
        printRows(
          rows.map(({ id: _, ...row }) => row),
          options.json,
        );
      }),
  );

  addCommand(
    user,
    'reset-second-factors <name>',
    'remove all second factors of a user who lost theirs, and end their sessions',
  ).action((name: string, options) =>
    withSecondFactors(async (secondFactors) => {
      await secondFactors.reset(name, COMMAND_LINE);
      printRow({ name, secondFactors: 'removed' }, options.json);
    }),
  );
}

function withSecondFactors<T>(work: (secondFactors: SecondFactorAdministration) => Promise<T>): Promise<T> {
  return withDatabase(({ database }) => work(createSecondFactorAdministration(database)));
}

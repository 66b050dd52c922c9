import type { Command } from 'commander';
import { listFlows } from '../carriers/sip/flow-store.ts';
import { addCommand, withDatabase } from './command.ts';
import { printRows } from './output.ts';

export function addSipFlowCommands(program: Command): void {
  addCommand(
    program.command('sip-flow').description('message flows that SIP phones and trunks need'),
    'list',
    'list phones and trunks that need another flow than the default, until they are tried again',
  ).action((options) =>
    withDatabase(async ({ database }) => {
      const flows = await listFlows(database);
      printRows(
        flows.map(({ target, flow, learnedAt, expiresAt }) => ({
          target,
          flow,
          learned: learnedAt,
          expires: expiresAt,
        })),
        options.json,
      );
    }),
  );
}

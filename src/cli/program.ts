import { Command } from 'commander';
import { addAuditCommands } from './audit-commands.ts';
import { addCallCommands } from './call-commands.ts';
import { addClientCommands } from './client-commands.ts';
import { addGrantCommands } from './grant-commands.ts';
import { addServerCommands } from './server-commands.ts';
import { addSipFlowCommands } from './sip-flow-commands.ts';
import { addUserCommands } from './user-commands.ts';
import { addWebhookCommands } from './webhook-commands.ts';

/** Creates the command line with all commands. Throws CommanderError instead of printing an error and exiting. */
export function createProgram(): Command {
  const program = new Command('clicktocall')
    .description('Administers a ClickToCall server, whether or not it is running.')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const addCommands of [
    addUserCommands,
    addClientCommands,
    addGrantCommands,
    addWebhookCommands,
    addCallCommands,
    addSipFlowCommands,
    addAuditCommands,
    addServerCommands,
  ])
    addCommands(program);
  return program;
}

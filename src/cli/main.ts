import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/variable.ts';
import { DatabaseUnavailable } from '../platform/database/database-errors.ts';
import { DatabaseNotOpened } from '../platform/database/open-database.ts';
import { DomainError } from '../platform/domain-error.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addCallCommands } from './call-commands.ts';
import { addClientCommands } from './client-commands.ts';
import { addGrantCommands } from './grant-commands.ts';
import { addServerCommands } from './server-commands.ts';
import { addUserCommands } from './user-commands.ts';
import { addWebhookCommands } from './webhook-commands.ts';

const BAD_INPUT = 2;
const FAILED = 1;

const program = new Command('clicktocall')
  .description('Administers a ClickToCall server, whether it runs or not.')
  .exitOverride()
  .configureOutput({ writeErr: () => {} });
for (const add of [
  addUserCommands,
  addClientCommands,
  addGrantCommands,
  addWebhookCommands,
  addCallCommands,
  addAuditCommands,
  addServerCommands,
])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** One line on standard error; a programming error with its stack. @returns the exit status */
function report(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const unavailable = [DatabaseUnavailable, DatabaseNotOpened].some((kind) => error instanceof kind);
  const badInput = [DomainError, ConfigError, CommanderError].some((kind) => error instanceof kind);
  if (error instanceof Error && (unavailable || badInput))
    console.error(`clicktocall: ${oneLine(error.message.replace(/^error: /, ''))}`);
  else console.error(error);
  return badInput ? BAD_INPUT : FAILED;
}

function oneLine(text: string): string {
  if (text === '(outputHelp)') return 'a command is missing: --help lists them';
  return text.replace(/\s*\n\s*/g, ' ');
}

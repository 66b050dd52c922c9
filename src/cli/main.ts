import { CommanderError } from 'commander';
import { ConfigError } from '../platform/configuration/variable.ts';
import { DatabaseUnavailable } from '../platform/database/database-errors.ts';
import { DatabaseNotOpened } from '../platform/database/open-database.ts';
import { DomainError } from '../platform/domain-error.ts';
import { createProgram } from './program.ts';

const EXIT_BAD_INPUT = 2;
const EXIT_FAILED = 1;

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints an expected error as one line on standard error, and any other with its stack. @returns the exit status */
function report(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const unavailable = [DatabaseUnavailable, DatabaseNotOpened].some((kind) => error instanceof kind);
  const badInput = [DomainError, ConfigError, CommanderError].some((kind) => error instanceof kind);
  if (error instanceof Error && (unavailable || badInput))
    console.error(`clicktocall: ${oneLine(error.message.replace(/^error: /, ''))}`);
  else console.error(error);
  return badInput ? EXIT_BAD_INPUT : EXIT_FAILED;
}

function oneLine(text: string): string {
  if (text === '(outputHelp)') return 'missing command; --help lists all commands';
  return text.replace(/\s*\n\s*/g, ' ');
}

import { CommanderError } from 'commander';
import { ConfigError } from '../config/variable.ts';
import { DatabaseUnavailable } from '../platform/database/database-errors.ts';
import { DomainError } from '../platform/domain-error.ts';
import { createProgram } from './program.ts';

const BAD_INPUT = 2;
const FAILED = 1;

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints one line on standard error. @returns the exit status */
function report(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const message = error instanceof Error ? error.message : String(error);
  console.error(`clicktocall: ${oneLine(message.replace(/^error: /, ''))}`);
  if (error instanceof DatabaseUnavailable) return FAILED;
  const badInput =
    error instanceof DomainError || error instanceof ConfigError || error instanceof CommanderError;
  return badInput ? BAD_INPUT : FAILED;
}

function oneLine(text: string): string {
  if (text === '(outputHelp)') return 'a command is missing: --help lists them';
  return text.replace(/\s*\n\s*/g, ' ');
}

import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { type GeneratedPage, generatedFrom, table } from './page.ts';

/** Options of every command; the introduction describes them. */
const COMMON = ['--json', '--help'];

export const cliPage: GeneratedPage = { file: 'docs/administer/cli.md', text: write };

function write(): string {
  const program = createProgram();
  const groups = program.commands.filter((command) => command.commands.length > 0);
  const single = program.commands.filter((command) => command.commands.length === 0);
  return [
    '# Command line',
    generatedFrom('src/cli'),
    `Run a command with \`npm run --silent cli -- COMMAND\`, for example \`npm run --silent cli -- user list\`. It works with and without a running server,
on the database that \`DATA_DIR\` or \`DATABASE_URL\` names.

Every command takes \`--json\` for output as JSON, and \`--help\`. Invalid input gives one line on standard error and exit status 2, and
changes nothing. Any other failure gives exit status 1. Passwords are read from standard input. Secrets are shown once.`,
    ...groups.map((group) => section(group.name(), `${capitalized(group.description())}.`, group.commands)),
    section('Other commands', undefined, single),
  ]
    .join('\n\n')
    .concat('\n');
}

function section(title: string, introduction: string | undefined, commands: readonly Command[]): string {
  const help = commands.map((command) => [`\`${usageOf(command)}\``, capitalized(command.description())]);
  return [
    `## ${title}`,
    ...(introduction === undefined ? [] : [introduction]),
    table(['command', 'what it does'], help),
    ...commands.flatMap(optionsOf),
  ].join('\n\n');
}

/** @returns for example `user limit <name> <n>` */
function usageOf(command: Command): string {
  const term = command.createHelp().subcommandTerm(command).replace(' [options]', '');
  return command.parent?.parent ? `${command.parent.name()} ${term}` : term;
}

/** @returns a table of the command's own options, if it has any */
function optionsOf(command: Command): string[] {
  const help = command.createHelp();
  const own = help.visibleOptions(command).filter(({ long }) => !COMMON.includes(long ?? ''));
  if (own.length === 0) return [];
  const rows = own.map((option) => [
    `\`${help.optionTerm(option)}\``,
    `${option.mandatory ? 'Required. ' : ''}${capitalized(help.optionDescription(option))}`,
  ]);
  return [`Options of \`${usageOf(command)}\`:`, table(['option', 'meaning'], rows)];
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

import { ariVariables } from '../../src/carriers/ari/ari-config.ts';
import { sipVariables } from '../../src/carriers/sip/sip-config.ts';
import {
  brandVariables,
  callVariables,
  databaseVariables,
  serverVariables,
} from '../../src/config/variables.ts';
import type { Variable } from '../../src/platform/configuration/variable.ts';
import { type GeneratedPage, generatedFrom, table } from './page.ts';

/** Each group of variables with its title. */
const sections: readonly (readonly [
  title: string,
  variables: Readonly<Record<string, Variable<unknown>>>,
])[] = [
  ['Server', serverVariables],
  ['Brand', brandVariables],
  ['Database', databaseVariables],
  ['Calls', callVariables],
  ['SIP', sipVariables],
  ['Asterisk', ariVariables],
];

const introductions: Readonly<Record<string, string>> = {
  Brand:
    'Administrators can set the same in the console, except what is set here. See [Set up your brand](../administer/brand.md).',
  Calls:
    'Set `CALLS_PER_MINUTE` and `TALK_TIME_PER_DAY` where calls cost money: see [Toll fraud](../secure/toll-fraud.md).',
  SIP: 'For `CARRIER=sip`. [SIP](../phones/sip.md) has complete examples.',
  Asterisk: 'For `CARRIER=ari`. [Asterisk](../phones/asterisk.md) has a complete example.',
};

export const configurationPage: GeneratedPage = { file: 'docs/operate/configuration.md', text: write };

function write(): string {
  return [
    '# Configuration',
    generatedFrom('src/config/variables.ts and the configuration of each carrier'),
    `Environment variables configure the server and the command line. The server checks them at start. A wrong value stops the start with
one line that names the variable. A variable whose name is almost that of a setting gets a warning: it has no effect.

Set a variable before a command (\`PORT=8889 npm start\`), with \`export\`, or in a file: \`set -a; . ./calls.env; set +a\`. Put values that
contain \`;\`, \`#\`, \`$\`, \`{\` or a space in single quotes.`,
    ...sections.map(([title, variables]) => section(title, variables)),
  ]
    .join('\n\n')
    .concat('\n');
}

function section(title: string, variables: Readonly<Record<string, Variable<unknown>>>): string {
  const introduction = introductions[title];
  const rows = Object.entries(variables).map(([name, { description, byDefault }]) => [
    `\`${name}\``,
    description,
    byDefault,
  ]);
  return [
    `## ${title}`,
    ...(introduction === undefined ? [] : [introduction]),
    table(['variable', 'meaning', 'default'], rows),
  ].join('\n\n');
}

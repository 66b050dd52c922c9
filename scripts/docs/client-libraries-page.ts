import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Card, cards, versionOf } from '../../test/clients/cards.ts';
import { type GeneratedPage, generatedFrom, table } from './page.ts';

const PROGRAMS = 'test/clients/programs';

export const clientLibrariesPage: GeneratedPage = {
  file: 'docs/use-the-api/client-libraries.md',
  text: write,
};

function write(): string {
  const all = Object.values<Card>(cards);
  return [
    '# Client libraries',
    generatedFrom('test/clients/cards.ts and the programs beside it'),
    introduction,
    table(['client', 'language', 'version', 'what works', 'note'], all.map(rowOf)),
    about,
    ...all.map(sectionOf),
  ]
    .join('\n\n')
    .concat('\n');
}

function rowOf(card: Card): string[] {
  const { name, language, debian, flows, note = '' } = card;
  const from = debian === undefined ? '' : ' in Debian 12';
  return [`[${name}](#${anchorOf(name)})`, language, versionOf(card) + from, flows.join(', '), note];
}

/** As GitHub makes it from a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

function sectionOf({ name, registration, advice, program }: Card): string {
  const code = readConfiguration(program);
  const language = extname(program).slice(1);
  return [
    `## ${name}`,
    ...(advice === undefined ? [] : [advice]),
    `Registered with \`${registration}\`.`,
    `\`\`\`${LANGUAGES[language] ?? language}\n${code}\n\`\`\``,
  ].join('\n\n');
}

const LANGUAGES: Readonly<Record<string, string>> = { conf: 'apache', gitconfig: 'ini', mjs: 'js' };

/** Of what all programs of the tests share. */
const SHARED_IMPORT = /^import \{[^}]*\} from '\.\/room\.mjs';\n/m;

/** @returns the part of a program between the comments `configuration` and `end`, without indentation */
function readConfiguration(program: string): string {
  const text = readFileSync(join(import.meta.dirname, '../..', PROGRAMS, program), 'utf8');
  const [, code] = /^[\t ]*(?:#|\/\/) configuration.*\n([\s\S]*?)\n[\t ]*(?:#|\/\/) end$/m.exec(text) ?? [];
  if (code === undefined) throw new Error(`${program} does not mark its configuration`);
  const [indentation = ''] = /^[\t ]*/.exec(code) ?? [];
  return code.replace(SHARED_IMPORT, '').replaceAll(new RegExp(`^${indentation}`, 'gm'), '');
}

const introduction = `Our tests run these clients as separate programs against the server: a person signs in and allows access, and the
program does what the table lists. In the end it places a call with its token, if the client is for that.`;

const about = `The server treats all clients alike. If a client has a fault or a limit, its section says how to configure it.

## Read the configurations

- \`ISSUER\` is the server's \`PUBLIC_URL\`, without a slash at its end. \`CLIENT_ID\`, \`CLIENT_SECRET\` and \`REDIRECT_URI\` are
  those of your application. Clients that know discovery find the rest at \`ISSUER/.well-known/openid-configuration\`.
- The options after *Registered with* are those of [\`client add\`](../administer/cli.md#client). Without \`--public\`, the server
  accepts the secret as \`client_secret_basic\` and as \`client_secret_post\`.
- \`openid profile call\` asks for the [name](authorization.md#who-signed-in) and for permission to place calls.
- Lines marked *only for http:* are for development on your own machine. Remove them with \`https:\`.`;

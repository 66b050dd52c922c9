import type { ErrorDeclaration } from '../../src/platform/declared-error.ts';
import { whenToRetry } from '../../src/platform/http/errors/error-codes.ts';
import { errorClasses } from './error-classes.ts';
import { type GeneratedPage, generatedFrom, table } from './page.ts';

export const errorsPage: GeneratedPage = { file: 'docs/errors.md', text: write };

const INTRODUCTION = `An error is a JSON object. \`error\` is a code for programs: it does not change. \`message\` is for people: it may
change. Some errors have further properties. A browser gets a page instead, and a client that prefers XML gets XML.

\`\`\`json
{ "error": "call_limit_reached", "message": "The limit of 2 ongoing calls is reached. …", "limit": 2, "ongoing": [] }
\`\`\`

At \`/api/v1\`, an error is a problem (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`, the same \`code\`, and the same
further properties. \`type\` is an address on the server: \`/errors\` describes every error there.

\`\`\`json
{ "type": "/errors#call_ended", "title": "Call ended", "status": 409, "detail": "The call … has already ended.", "code": "call_ended" }
\`\`\`

Below \`/click-to-dial/\`, an error is CAMARA's \`ErrorInfo\`: \`status\`, \`code\` and \`message\`. It has no further properties.

The authorization server answers with OAuth's \`error\` and \`error_description\`.

No error contains SQL, a stack, or a message of a library. The log has them, for errors with status 500 or above.

In the table, *Click to Dial* is the status and code below \`/click-to-dial/\`; an empty cell means that the error does not happen
there. *Retry* says whether the same request can succeed later; an empty cell means that the request must change.
*Properties* are those beside code and message; the reference at \`/docs\` describes them.`;

function write(): string {
  const declarations = errorClasses.map(({ declaration }) => declaration);
  return [
    '# Errors',
    generatedFrom('the error classes in src/**/*-{error,errors}.ts'),
    INTRODUCTION,
    table(
      ['code', 'status', 'Click to Dial', 'when', 'retry', 'properties'],
      declarations.sort(byCode).map(rowOf),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function byCode(one: ErrorDeclaration, other: ErrorDeclaration): number {
  return (
    one.code.localeCompare(other.code, 'en') ||
    one.status - other.status ||
    (one.camara?.code ?? '').localeCompare(other.camara?.code ?? '', 'en')
  );
}

function rowOf(declaration: ErrorDeclaration): string[] {
  const { code, status, classic, camara, description, details = {} } = declaration;
  const properties = Object.keys(details).map((name) => `\`${name}\``);
  return [
    `\`${code}\``,
    classic ? `${status}; classic API: ${classic.status}` : String(status),
    camara ? `${camara.status ?? status} ${camara.code}` : '',
    description,
    whenToRetry(declaration) ?? '',
    properties.join(', '),
  ];
}

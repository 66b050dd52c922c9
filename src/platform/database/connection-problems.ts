import { DatabaseError } from 'pg';

/**
 * What the operator can do about a failed connection, by SQLSTATE or by the code of the operating system. The messages of the
 * driver and of PostgreSQL repeat parts of DATABASE_URL; if the URL is mistyped, such a part may be a password.
 */
const PROBLEMS: Readonly<Record<string, string>> = {
  '22023': 'PostgreSQL does not accept the value of one of its parameters',
  '25006': 'PostgreSQL is read-only, as a standby is',
  '28000': 'PostgreSQL does not accept its user name',
  '28P01': 'PostgreSQL does not accept its user name and password',
  '3D000': 'PostgreSQL has no database of its name',
  '42601': 'PostgreSQL does not accept one of its parameters',
  '42704': 'PostgreSQL does not know one of its parameters',
  '42P07': 'its database already contains tables of another program',
  '53100': 'the disk of PostgreSQL is full',
  '53300': 'PostgreSQL has no free connection',
  '57P03': 'PostgreSQL is starting or stopping; try again later',
  ECONNREFUSED: 'PostgreSQL does not listen at its host and port',
  ENOENT: 'PostgreSQL has no socket in its folder',
  ENOTFOUND: 'its host name cannot be resolved',
  EAI_AGAIN: 'its host name cannot be resolved now',
};

/** By the message of the driver, for errors without a code. */
const DRIVER_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/client password must be a/, 'PostgreSQL asks for a password, and it has none'],
  [/timeout (expired|exceeded)|(connection|read) timeout/, 'PostgreSQL does not answer'],
  [/Connection terminated/, 'PostgreSQL closed the connection'],
  [/does not support SSL/, 'PostgreSQL does not offer TLS'],
  [/sslnegotiation/, 'its parameter sslnegotiation is wrong'],
];

/** The server's own tables and functions, or kinds of other things without their names. */
const DENIED = /^permission denied for ((?:table|sequence|function) \w+|schema public|schema|database)\b/;
const TLS_CODE = /^(CERT_|DEPTH_|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/;
const POOLER_REFUSAL = /unsupported startup parameter: (\w+)/;
/** See the section of this name in docs/operate/database.md. */
const ADVICE = 'connect to PostgreSQL directly, or see "Poolers" in docs/operate/database.md';

/** A problem with the database. The message is for the operator, and repeats no part of DATABASE_URL. */
export class DatabaseProblem extends Error {}

/** A pooler between the server and PostgreSQL does not keep what the server needs of a session. */
export class PoolerUnsuitable extends DatabaseProblem {
  constructor(reason: string) {
    super(`${reason}: ${ADVICE}`);
  }
}

/** @returns one line that continues `DATABASE_URL: ` and repeats no part of the URL */
export function describeConnectionProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error instanceof DatabaseProblem) return error.message;
  const [, parameter] = POOLER_REFUSAL.exec(error.message) ?? [];
  if (parameter !== undefined)
    return `PgBouncer refuses the startup parameter ${parameter}: set pool_mode = session and ignore_startup_parameters, or ${ADVICE}`;
  if (error instanceof DatabaseError) return describeSqlState(error);
  const [, problem] = DRIVER_PROBLEMS.find(([message]) => message.test(error.message)) ?? [];
  return problem ?? describeCode(error, 'code' in error ? String(error.code) : '');
}

function describeSqlState({ code = '', message }: DatabaseError): string {
  if (code === '42501') return `permission denied for ${DENIED.exec(message)?.[1] ?? 'its user'} (${code})`;
  return `${PROBLEMS[code] ?? 'PostgreSQL reports an error, which its log explains'} (${code})`;
}

function describeCode(error: Error, code: string): string {
  if ('syscall' in error && error.syscall === 'open')
    return `a file that its parameters name cannot be read (${code})`;
  if (TLS_CODE.test(code))
    return `the certificate of PostgreSQL is not accepted (${code}): see "TLS" in docs/operate/database.md`;
  return `${PROBLEMS[code] ?? 'the connection failed'} (${code || error.name})`;
}

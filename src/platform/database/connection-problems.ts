import { DatabaseError } from 'pg';

/**
 * What the operator can do about a failed connection, by SQLSTATE or by the code of the operating system. The messages of the
 * driver and of PostgreSQL repeat parts of DATABASE_URL; if the URL is mistyped, such a part may be a password.
 */
const PROBLEMS: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL does not accept its user name and password',
  '28000': 'PostgreSQL does not accept its user name',
  '3D000': 'PostgreSQL has no database of its name',
  '53300': 'PostgreSQL has no free connection',
  '57P03': 'PostgreSQL is starting or stopping; try again later',
  ECONNREFUSED: 'PostgreSQL does not listen at its host and port',
  ENOENT: 'PostgreSQL has no socket in its folder',
  ENOTFOUND: 'its host name cannot be resolved',
  EAI_AGAIN: 'its host name cannot be resolved now',
};

const TLS_CODE = /^(CERT_|DEPTH_|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/;
const POOLER_REFUSAL = /unsupported startup parameter: (\w+)/;
const NO_ANSWER = /timeout (expired|exceeded)|(connection|read) timeout/;
/** See the section of this name in docs/operate/database.md. */
const ADVICE = 'connect to PostgreSQL directly, or see "Poolers" in docs/operate/database.md';

/** @returns one line that continues `DATABASE_URL: ` and repeats no part of the URL */
export function describeConnectionProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, parameter] = POOLER_REFUSAL.exec(error.message) ?? [];
  if (parameter !== undefined)
    return `PgBouncer refuses the startup parameter ${parameter}: set pool_mode = session and ignore_startup_parameters, or ${ADVICE}`;
  if (error.message.includes('client password must be a string'))
    return 'PostgreSQL asks for a password, and it has none';
  if (NO_ANSWER.test(error.message)) return 'PostgreSQL does not answer';
  return describeCode(error, 'code' in error ? String(error.code) : '');
}

function describeCode(error: Error, code: string): string {
  if ('syscall' in error && error.syscall === 'open')
    return `a file that its parameters name cannot be read (${code})`;
  if (TLS_CODE.test(code))
    return `the certificate of PostgreSQL is not accepted (${code}): see "TLS" in docs/operate/database.md`;
  const problem = PROBLEMS[code];
  if (problem !== undefined) return `${problem} (${code})`;
  // PostgreSQL's other messages, and those of the server and the driver, are about the schema.
  if (error instanceof DatabaseError || code === '') return error.message || error.name;
  return `the connection failed (${code})`;
}

/** A pooler between the server and PostgreSQL does not keep what the server needs of a session. */
export class PoolerUnsuitable extends Error {
  constructor(reason: string) {
    super(`${reason}: ${ADVICE}`);
  }
}

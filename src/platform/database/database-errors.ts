import { DatabaseError } from 'pg';
import { DeclaredError, type ErrorDeclaration, RETRY_AFTER, retryAfter } from '../declared-error.ts';
import { InvalidInput } from '../domain-error.ts';

/** In seconds; long enough for a PostgreSQL that restarts. */
export const DATABASE_RETRY_AFTER = 5;

const UNAVAILABLE = {
  status: 503,
  camara: { code: 'UNAVAILABLE' },
  oauth: { error: 'temporarily_unavailable' },
  headers: RETRY_AFTER,
  page: {
    title: 'Temporarily unavailable',
    advice: 'Wait a moment, then load this page again. Ongoing calls continue.',
  },
} as const;

/** The database cannot be used now; later it can. The driver's own message is in `cause`, for the log alone. */
export abstract class DatabaseUnavailable extends DeclaredError {
  /** PostgreSQL's SQLSTATE, when the server answered with one. */
  readonly sqlState: string | undefined;

  constructor(cause: unknown) {
    super('The database is temporarily unavailable. Try again in a moment.', {}, { cause });
    this.sqlState = sqlStateOf(cause);
  }

  override headers(): Record<string, string> {
    return retryAfter(DATABASE_RETRY_AFTER);
  }
}

/** No connection could be made, or the one in use was lost. */
export class DatabaseConnectionFailed extends DatabaseUnavailable {
  static readonly declaration: ErrorDeclaration = {
    ...UNAVAILABLE,
    code: 'database_connection_failed',
    description: 'The database cannot be reached.',
  };
}

/** The server was reached but did not answer, or had no connection free, in time. */
export class DatabaseTimedOut extends DatabaseUnavailable {
  static readonly declaration: ErrorDeclaration = {
    ...UNAVAILABLE,
    code: 'database_timed_out',
    description: 'The database did not answer in time.',
  };
}

/** The server answered that it cannot carry out the statement now: a full disk, a deadlock, a read-only standby. */
export class DatabaseQueryFailed extends DatabaseUnavailable {
  static readonly declaration: ErrorDeclaration = {
    ...UNAVAILABLE,
    code: 'database_query_failed',
    description: 'The database cannot carry out the statement now.',
  };
}

/** For the definitions of operations: all that may come of the database. */
export const databaseErrors = [DatabaseConnectionFailed, DatabaseTimedOut, DatabaseQueryFailed] as const;

/** PostgreSQL rejects the statement itself: a fault in this server, which waiting does not cure. */
export class StatementRejected extends Error {
  readonly sqlState: string;

  constructor(cause: DatabaseError, sqlState: string) {
    super(`PostgreSQL rejected a statement: ${cause.message} (SQLSTATE ${sqlState})`, { cause });
    this.name = new.target.name;
    this.sqlState = sqlState;
  }
}

export const FOREIGN_KEY_VIOLATION = '23503';

/*
 * SQLSTATE codes, and classes by their first two characters: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

/**
 * A value that came with a request has no form that PostgreSQL can store: out of range, no valid date or text
 * representation, a character it cannot hold (a zero byte).
 */
const UNSTORABLE_VALUE = ['22003', '22007', '22008', '22021', '22P02', '22P05'];
/** lock_not_available, query_canceled */
const TIMED_OUT = ['55P03', '57014'];
/** connection exceptions, failed authentication, missing database, shutdown and recovery, too_many_connections */
const NO_CONNECTION = /^(08|28|3D|57P0|53300)/;
/** transaction state (read-only), rollback (deadlock), resources, operator intervention, system and internal errors */
const UNAVAILABLE_STATE = /^(25|40|53|55|57|58|F0|XX)/;

const TIMEOUT_MESSAGE = /timeout|timed out/i;

/** The driver reports a failed connection by plain errors, of its own or of the operating system. */
const NOT_OF_THE_CONNECTION = [
  DeclaredError,
  StatementRejected,
  TypeError,
  RangeError,
  ReferenceError,
  SyntaxError,
];

/**
 * What PostgreSQL, or the connection to it, threw, in the server's terms. Everything else is returned as it is: a domain
 * error keeps its meaning, and a programming error must not look like an outage.
 */
export function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseError) return fromServer(error, error.code ?? '');
  if (!(error instanceof Error) || NOT_OF_THE_CONNECTION.some((kind) => error instanceof kind)) return error;
  return TIMEOUT_MESSAGE.test(error.message)
    ? new DatabaseTimedOut(error)
    : new DatabaseConnectionFailed(error);
}

function fromServer(error: DatabaseError, state: string): Error {
  if (UNSTORABLE_VALUE.includes(state))
    return new InvalidInput('request', 'A value of the request cannot be stored.');
  if (TIMED_OUT.includes(state)) return new DatabaseTimedOut(error);
  if (NO_CONNECTION.test(state)) return new DatabaseConnectionFailed(error);
  return UNAVAILABLE_STATE.test(state) ? new DatabaseQueryFailed(error) : new StatementRejected(error, state);
}

/** Whether a statement that failed like that has certainly changed nothing: PostgreSQL said so, and did not go away. */
export function isRolledBack(error: unknown): boolean {
  if (error instanceof InvalidInput || error instanceof StatementRejected) return true;
  const state = error instanceof DatabaseUnavailable ? error.sqlState : undefined;
  return state !== undefined && !NO_CONNECTION.test(state);
}

/** Of what PostgreSQL itself said: errors of the operating system have codes too, and `EPIPE` looks like a state. */
function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

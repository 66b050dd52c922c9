import { DatabaseError } from 'pg';
import { DeclaredError, type ErrorDeclaration, RETRY_AFTER, retryAfter } from '../declared-error.ts';
import { InvalidInput } from '../domain-error.ts';

/** Seconds; long enough for a restart of PostgreSQL. */
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

/** The database is temporarily unavailable. The driver's message is in `cause`, for the log only. */
export abstract class DatabaseUnavailable extends DeclaredError {
  /** SQLSTATE, if PostgreSQL sent one. */
  readonly sqlState: string | undefined;

  constructor(cause: unknown) {
    super('The database is temporarily unavailable. Try again in a moment.', {}, { cause });
    this.sqlState = sqlStateOf(cause);
  }

  override headers(): Record<string, string> {
    return retryAfter(DATABASE_RETRY_AFTER);
  }
}

/** Connecting failed, or the connection was lost. */
export class DatabaseConnectionFailed extends DatabaseUnavailable {
  static readonly declaration: ErrorDeclaration = {
    ...UNAVAILABLE,
    code: 'database_connection_failed',
    description: 'The database cannot be reached.',
  };
}

/** PostgreSQL did not respond in time, or no connection was free in time. */
export class DatabaseTimedOut extends DatabaseUnavailable {
  static readonly declaration: ErrorDeclaration = {
    ...UNAVAILABLE,
    code: 'database_timed_out',
    description: 'The database did not respond in time.',
  };
}

/** PostgreSQL cannot execute the statement at the moment: a full disk, a deadlock, a read-only standby. */
export class DatabaseQueryFailed extends DatabaseUnavailable {
  static readonly declaration: ErrorDeclaration = {
    ...UNAVAILABLE,
    code: 'database_query_failed',
    description: 'The database cannot execute the statement now.',
  };
}

/** The database errors in the OpenAPI definition of an operation. */
export const databaseErrors = [DatabaseConnectionFailed, DatabaseTimedOut, DatabaseQueryFailed] as const;

/** PostgreSQL rejects the statement: a bug in this server, so a retry does not help. */
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
 * PostgreSQL cannot store a value of the request: out of range, an invalid date or text representation, or an unsupported
 * character (a zero byte).
 */
const UNSTORABLE_VALUE = ['22003', '22007', '22008', '22021', '22P02', '22P05'];
/** lock_not_available, query_canceled */
const TIMED_OUT = ['55P03', '57014'];
/** connection exceptions, failed authentication, missing database, shutdown and recovery, too_many_connections */
const NO_CONNECTION = /^(08|28|3D|57P0|53300)/;
/** transaction state (read-only), rollback (deadlock), resources, operator intervention, system and internal errors */
const UNAVAILABLE_STATE = /^(25|40|53|55|57|58|F0|XX)/;

const TIMEOUT_MESSAGE = /timeout|timed out/i;

/**
 * What pg and silence.ts say about a connection. Everything else that pg throws without a code is a mistake of the caller, such
 * as two statements with one name.
 */
const CONNECTION_MESSAGE =
  /^(Connection terminated|Client (was closed|has encountered)|Query read timeout|timeout|Received unexpected|SASL:|The server does not support SSL|There was an error establishing an SSL|Cannot use a pool)/;

/**
 * Translates an error of PostgreSQL, or of the connection to it. Returns every other error unchanged: a domain error keeps its
 * meaning, and a programming error must not look like an outage.
 */
export function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseError) return fromServer(error, error.code ?? '');
  if (!isOfConnection(error)) return error;
  return TIMEOUT_MESSAGE.test(error.message)
    ? new DatabaseTimedOut(error)
    : new DatabaseConnectionFailed(error);
}

/** Errors of the operating system and of TLS are plain errors with a code. */
function isOfConnection(error: unknown): error is Error {
  if (!(error instanceof Error) || (error.constructor !== Error && !(error instanceof AggregateError)))
    return false;
  return 'code' in error || CONNECTION_MESSAGE.test(error.message);
}

function fromServer(error: DatabaseError, state: string): Error {
  if (UNSTORABLE_VALUE.includes(state))
    return new InvalidInput('request', 'A value of the request cannot be stored.');
  if (TIMED_OUT.includes(state)) return new DatabaseTimedOut(error);
  if (NO_CONNECTION.test(state)) return new DatabaseConnectionFailed(error);
  return UNAVAILABLE_STATE.test(state) ? new DatabaseQueryFailed(error) : new StatementRejected(error, state);
}

/** Whether the failed statement certainly changed nothing: PostgreSQL reported the error and did not shut down. */
export function isRolledBack(error: unknown): boolean {
  if (error instanceof InvalidInput || error instanceof StatementRejected) return true;
  const state = error instanceof DatabaseUnavailable ? error.sqlState : undefined;
  return state !== undefined && !NO_CONNECTION.test(state);
}

/** Only for errors from PostgreSQL: errors of the operating system also have codes, and `EPIPE` looks like an SQLSTATE. */
function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

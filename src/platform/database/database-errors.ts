import { DatabaseError } from 'pg';
import { DomainError, InvalidInput } from '../domain-error.ts';

const NOTICE = 'The database cannot be used right now. Try again in a moment.';

/** Whatever keeps a statement from being carried out. The library's own words stay in `cause`, for the log alone. */
export class DatabaseUnavailable extends DomainError {
  /** PostgreSQL's SQLSTATE, when the server answered with one. */
  readonly sqlState: string | undefined;

  constructor(cause: unknown) {
    super(NOTICE, {}, { cause });
    this.sqlState = sqlStateOf(cause);
  }
}

/** No connection could be made, or the one in use was lost. */
export class DatabaseConnectionFailed extends DatabaseUnavailable {}

/** The server was reached but did not answer, or had no place, in time. */
export class DatabaseTimedOut extends DatabaseUnavailable {}

/** The server refused the statement. */
export class DatabaseQueryFailed extends DatabaseUnavailable {}

export const FOREIGN_KEY_VIOLATION = '23503';
/** The class of states that speak of a value, such as a text with a zero byte. */
const DATA_EXCEPTION = '22';

/** In seconds; long enough for a PostgreSQL that restarts. */
export const RETRY_AFTER_SECONDS = 5;

const TIMED_OUT = /timeout|timed out/i;
/** Gave up waiting for a lock, or took too long: lock_not_available, query_canceled. */
const TIMED_OUT_STATES = ['55P03', '57014'];
/** SQLSTATE classes and codes that speak of the connection: 08*, 57P0* (shutdown), 53300 (too many connections). */
const CONNECTION_STATES = /^(08|57P0|53300)/;

/** Passes domain errors through and wraps everything else as one of the family. */
export function asDatabaseError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const sqlState = sqlStateOf(error);
  if (sqlState?.startsWith(DATA_EXCEPTION))
    return new InvalidInput('request', 'A value has a form that cannot be stored.');
  if (sqlState !== undefined && TIMED_OUT_STATES.includes(sqlState)) return new DatabaseTimedOut(error);
  if (sqlState !== undefined && !CONNECTION_STATES.test(sqlState)) return new DatabaseQueryFailed(error);
  if (error instanceof Error && TIMED_OUT.test(error.message)) return new DatabaseTimedOut(error);
  return new DatabaseConnectionFailed(error);
}

/** Whether a statement that failed like that has certainly changed nothing: PostgreSQL said so, and did not go away. */
export function isRolledBack(error: unknown): boolean {
  if (error instanceof InvalidInput) return true;
  const state = error instanceof DatabaseUnavailable ? error.sqlState : undefined;
  return state !== undefined && !CONNECTION_STATES.test(state);
}

/** Of what PostgreSQL itself said: errors of the operating system have codes too, and `EPIPE` looks like a state. */
function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

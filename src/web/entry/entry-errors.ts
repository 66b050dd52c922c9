import * as token from '../../core/tokens/token-errors.ts';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import type { ErrorClass } from '../../platform/declared-error.ts';
import type { Entry } from './request-context.ts';

const ofTokens = [token.TokenMissing, token.TokenInvalid, token.ScopeMissing];

/** What may go wrong at each entry: the token may not count, and the database may be unavailable. */
export const errorsOfEntry: Readonly<Record<Entry, readonly ErrorClass[]>> = {
  anyone: [],
  token: [...ofTokens, token.TokenWithoutUser, ...databaseErrors],
  client: [...ofTokens, token.TokenOfUser, ...databaseErrors],
  administrator: [...ofTokens, token.TokenWithoutUser, token.AdministratorRequired, ...databaseErrors],
  // The definition leaves out pages and the figures for Prometheus.
  person: [],
  metrics: [],
  console: [],
};

import * as token from '../../core/tokens/token-errors.ts';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import type { ErrorClass } from '../../platform/declared-error.ts';
import type { Entry } from './request-context.ts';

const tokenErrors = [token.TokenMissing, token.TokenInvalid, token.ScopeMissing];

/** The errors of each entry, for the API definition. */
export const errorsOfEntry: Readonly<Record<Entry, readonly ErrorClass[]>> = {
  anyone: [],
  token: [...tokenErrors, token.TokenWithoutUser, ...databaseErrors],
  client: [...tokenErrors, token.TokenOfUser, ...databaseErrors],
  administrator: [
    ...tokenErrors,
    token.TokenWithoutUser,
    token.AdministratorRequired,
    token.SecondFactorRequired,
    ...databaseErrors,
  ],
  // The API definition leaves out pages and metrics.
  user: [],
  metrics: [],
  console: [],
};

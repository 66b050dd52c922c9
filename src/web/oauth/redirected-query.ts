import { InvalidInput } from '../../platform/domain-error.ts';

/** Proxies refuse longer addresses. */
const MAX_LENGTH = 8_000;

/** The parameters of a form, for the address to which it is redirected. @throws InvalidInput if they are too long for one */
export function redirectedQuery(parameters: URLSearchParams): string {
  const query = parameters.toString();
  if (query.length <= MAX_LENGTH) return query;
  throw new InvalidInput(
    'request',
    `The parameters together must have at most ${MAX_LENGTH} characters when they are percent-encoded.`,
  );
}

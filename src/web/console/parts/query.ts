import type { FastifyRequest } from 'fastify';

/** A form sends its empty fields too: in a filter they mean nothing. To be done before the query is validated. */
export async function leaveOutEmpty(request: FastifyRequest): Promise<void> {
  const given = Object.entries(request.query as Record<string, unknown>);
  request.query = Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** The address of the same list with other or further parameters. */
export function addressOf(path: string, ...parameters: readonly object[]): string {
  const entries = parameters.flatMap((each) => Object.entries(each));
  const given = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

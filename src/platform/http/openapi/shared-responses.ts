interface Response {
  readonly content?: Readonly<Record<string, { readonly examples?: object }>>;
}

export interface Operation {
  responses?: Record<string, Response | { readonly $ref: string }>;
}

/** A response and the operations that have it. */
interface Shared {
  readonly status: string;
  readonly response: Response;
  readonly operations: Operation[];
}

/**
 * Replaces each error response that several operations share by a reference, because most of a definition is errors.
 * @returns the shared responses; their names consist of the status and the codes
 */
export function shareResponses(operations: readonly Operation[]): Record<string, Response> {
  const responses: Record<string, Response> = {};
  for (const { status, response, operations: sharers } of groupByResponse(operations)) {
    if (sharers.length === 1) continue;
    const name = freeName(nameOf(status, response), responses);
    responses[name] = response;
    for (const { responses: own = {} } of sharers) own[status] = { $ref: `#/components/responses/${name}` };
  }
  return responses;
}

function groupByResponse(operations: readonly Operation[]): Iterable<Shared> {
  const byText = new Map<string, Shared>();
  for (const operation of operations) {
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      if (Number(status) < 400 || '$ref' in response) continue;
      const text = JSON.stringify([status, response]);
      const shared = byText.get(text) ?? { status, response, operations: [] };
      shared.operations.push(operation);
      byText.set(text, shared);
    }
  }
  return byText.values();
}

function nameOf(status: string, { content = {} }: Response): string {
  const codes = Object.keys(Object.values(content)[0]?.examples ?? {});
  return [status, ...codes].join('.');
}

/** Responses with the same codes and different texts need different names. */
function freeName(name: string, taken: object, count = 1): string {
  const candidate = count === 1 ? name : `${name}.${count}`;
  return candidate in taken ? freeName(name, taken, count + 1) : candidate;
}

type Json = Readonly<Record<string, unknown>>;

/** By name, as OpenAPI has them under `components.schemas`. */
export type Components = Record<string, unknown>;

/** Their values are data, not schemas. */
const DATA = ['enum', 'const', 'default', 'example', 'examples'];
/** What speaks of one use of a schema as a response, not of the schema. */
const OF_THE_RESPONSE = ['headers', 'x-response-description'];

/**
 * Puts a reference in the place of each schema that has a title, and the schema under that title into `components`.
 * Routes hold their schemas whole: shared ones (`addSchema`) cost a validator for each scope that has some.
 */
export function withReferences(value: unknown, components: Components): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, components));
  if (typeof value !== 'object' || value === null) return value;
  const { title, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      DATA.includes(key) ? part : withReferences(part, components),
    ]),
  ) as Json;
  if (typeof title !== 'string') return { ...rest, ...(title !== undefined && { title }) };
  components[title] = without(rest, OF_THE_RESPONSE);
  return { $ref: `#/components/schemas/${title}` };
}

/** The same of a response, which has a description and headers of its own. */
export function responseWithReferences(response: unknown, components: Components): Json {
  const { 'x-response-description': description, headers } = response as Json;
  return {
    ...(withReferences(response, components) as Json),
    ...(description !== undefined && { description }),
    ...(headers !== undefined && { headers }),
  };
}

function without(json: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)));
}

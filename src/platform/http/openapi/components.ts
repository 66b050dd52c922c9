type Json = Readonly<Record<string, unknown>>;

/** The schemas by name, for `components.schemas`. */
export type Components = Record<string, unknown>;

/** Keywords whose values are data, not schemas. */
const DATA = ['enum', 'const', 'default', 'example', 'examples'];
/** Keywords that describe a response with the schema, not the schema. */
const RESPONSE_KEYWORDS = ['headers', 'x-response-description', 'x-response-example'];

/**
 * Replaces each schema that has a title by a reference, and adds the schema to `components` under that title. Routes have whole
 * schemas, because shared ones (`addSchema`) cost a validator for each scope.
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
  components[title] = without(rest, RESPONSE_KEYWORDS);
  return { $ref: `#/components/schemas/${title}` };
}

/** Does the same for a response, which has its own description and headers. */
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

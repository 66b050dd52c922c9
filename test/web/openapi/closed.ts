import type { Definition, Schema } from './definition.ts';

const SCHEMAS = '#/components/schemas/';

/**
 * The same definition, in which objects may have nothing that their schemas don't mention: what clients must let pass,
 * the server may not send.
 */
export function closed(definition: Definition): Definition {
  const copy = structuredClone(definition);
  const { schemas } = copy.components;
  const parts = partsIn(copy).map(({ $ref = '' }) => schemas[$ref.slice(SCHEMAS.length)]);
  closeAll(copy, new Set([...partsIn(copy), ...parts]));
  return copy;
}

/** Members of `allOf`: the whole that they make says what there may be. */
function partsIn(value: unknown): Schema[] {
  if (typeof value !== 'object' || value === null) return [];
  const { allOf = [] } = value as Schema;
  return [...allOf, ...Object.values(value).flatMap(partsIn)];
}

function closeAll(value: unknown, parts: ReadonlySet<unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  if (isOpenObject(value) && !parts.has(value)) Object.assign(value, { unevaluatedProperties: false });
  for (const child of Object.values(value)) closeAll(child, parts);
}

function isOpenObject(value: object): boolean {
  if ('allOf' in value) return true;
  return (
    'type' in value && value.type === 'object' && 'properties' in value && !('additionalProperties' in value)
  );
}

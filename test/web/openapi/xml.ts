import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Schema } from './definition.ts';

const parser = new XMLParser({ ignoreDeclaration: true, parseTagValue: false, isArray: () => true });

type Element = Readonly<Record<string, readonly unknown[]>> | string;

/**
 * Reads a document as the XML Objects of its schema say (OpenAPI 3.1 section 4.8.26), so that it can be held against
 * the same schema as JSON. What has no place in the schema is kept under its own name, to be found there.
 * @param resolve follows `$ref`
 * @throws Error for what is no XML, or has another root
 */
export function readXml(text: string, schema: Schema, resolve: (schema: Schema) => Schema): unknown {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Error(valid.err.msg);
  const [[name, [root]] = ['', []]] = Object.entries(parser.parse(text) as Record<string, Element[]>);
  const alternatives = schema.anyOf ?? [schema];
  const fitting = alternatives.find((each) => rootName(each, resolve) === name);
  if (!fitting || root === undefined) throw new Error(`no schema has the root element ${name}`);
  return readValue(root, fitting, resolve);
}

function rootName(schema: Schema, resolve: (schema: Schema) => Schema): string | undefined {
  return membersOf(schema, resolve).find(({ xml }) => xml?.name)?.xml?.name;
}

function membersOf(schema: Schema, resolve: (schema: Schema) => Schema): Schema[] {
  const resolved = resolve(schema);
  return [resolved, ...(resolved.allOf ?? []).flatMap((member) => membersOf(member, resolve))];
}

function readValue(element: Element, schema: Schema, resolve: (schema: Schema) => Schema): unknown {
  const members = membersOf(schema, resolve);
  const types = members.flatMap(({ type }) => type ?? []);
  if (types.includes('array')) return readItems(element, members[0] ?? {}, resolve);
  const properties = Object.assign({}, ...members.map((member) => member.properties)) as Record<
    string,
    Schema
  >;
  if (types.includes('object')) return readObject(element, properties, resolve);
  if (types.includes('integer') || types.includes('number')) return Number(element);
  return types.includes('boolean') ? element === 'true' : element;
}

function readItems(element: Element, { items = {} }: Schema, resolve: (schema: Schema) => Schema): unknown[] {
  const name = rootName(items, resolve) ?? 'item';
  const elements = typeof element === 'string' ? [] : (element[name] ?? []);
  return elements.map((item) => readValue(item as Element, items, resolve));
}

function readObject(
  element: Element,
  properties: Readonly<Record<string, Schema>>,
  resolve: (schema: Schema) => Schema,
): Record<string, unknown> {
  const rest = typeof element === 'string' ? {} : { ...element };
  const known = Object.entries(properties).map(([name, property]) => {
    const { type, xml } = resolve(property);
    const elementName = xml?.name ?? name;
    const [value] = rest[elementName] ?? [];
    delete rest[elementName];
    if (value !== undefined) return [name, readValue(value as Element, property, resolve)];
    return [name, type?.includes('null') ? null : undefined]; // null is left out
  });
  return { ...rest, ...Object.fromEntries(known.filter(([, value]) => value !== undefined)) };
}

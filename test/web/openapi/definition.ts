import type { TestApp } from '../../harness/app.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly examples?: readonly string[];
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly xml?: { readonly name?: string; readonly wrapped?: boolean };
}

export interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface MediaType {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface DocumentedResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

export interface Definition {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, DocumentedResponse>>;
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

/** An operation and where it is. */
export interface PlacedOperation extends Operation {
  /** In capitals. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
}

/** As /openapi.json answers it. */
export async function readDefinition(app: Pick<TestApp, 'http'>): Promise<Definition> {
  return (await app.http.inject('/openapi.json')).json();
}

/** The same with every response in its place, where others are only referred to. */
export function inPlace(definition: Definition): Definition {
  const { responses } = definition.components;
  const text = JSON.stringify(definition, (_name, value) => {
    const [, name] = /^#\/components\/responses\/(.+)$/.exec(value?.$ref ?? '') ?? [];
    return name === undefined ? value : responses[name];
  });
  return JSON.parse(text);
}

export function operationsOf({ paths }: Definition): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** A response without a body has none: undefined alone. */
export function mediaTypesOf({ responses }: Operation, status: string): (string | undefined)[] {
  const types = Object.keys(responses[status]?.content ?? {});
  return types.length > 0 ? types : [undefined];
}

/** What a response may be, as the exercises name it: its status, and for an error each code that it may have. */
export function facesOf({ responses }: Operation, status: string): string[] {
  const content = responses[status]?.content ?? {};
  const { schema = {} } = content['application/problem+json'] ?? content['application/json'] ?? {};
  const codes = codesIn(schema);
  return Number(status) < 400 || codes.length === 0 ? [status] : codes.map((code) => `${status} ${code}`);
}

function codesIn({ properties = {}, allOf = [], anyOf = [] }: Schema): unknown[] {
  const own = properties['error']?.enum ?? properties['code']?.enum ?? [];
  return [...own, ...[...allOf, ...anyOf].flatMap(codesIn)];
}

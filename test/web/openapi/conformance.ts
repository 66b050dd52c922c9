import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from '../../harness/browser.ts';
import { closed } from './closed.ts';
import type { Definition, PlacedOperation, Schema } from './definition.ts';
import { readXml } from './xml.ts';

const TEXTS = ['text/html', 'text/event-stream', 'text/csv', 'application/x-ndjson', 'audio/wav'];

/** Holds answers against what the definition says of them. */
export function createConformance(definition: Definition) {
  const validators = new Map<string, ValidateFunction>();
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'definition', ...closed(definition) });

  function resolve(schema: Schema): Schema {
    const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? '') ?? [];
    return name === undefined ? schema : (definition.components.schemas[name] ?? {});
  }

  /** @param pointer where the schema is */
  function assertFits(value: unknown, pointer: readonly string[]): void {
    const $ref = `definition#/${pointer.map(escapePointer).join('/')}`;
    const validate = validators.get($ref) ?? ajv.compile({ $ref });
    validators.set($ref, validate);
    assert.ok(
      validate(value),
      `${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 2000)}`,
    );
  }

  function contentOf(answer: Answer, mediaType: string, schema: Schema): unknown {
    if (TEXTS.includes(mediaType)) return answer.text;
    return mediaType.endsWith('xml') ? readXml(answer.text, schema, resolve) : answer.json();
  }

  return {
    assertFits,

    assertAnswer(answer: Answer, operation: PlacedOperation, { face, mediaType }: Documented): void {
      const [status = '', code] = face.split(' ');
      assert.equal(String(answer.status), status, answer.text);
      if (code !== undefined && mediaType !== 'text/html') assert.equal(codeOf(answer), code);

      const response = operation.responses[status];
      const place = ['paths', operation.path, operation.method.toLowerCase(), 'responses', status];
      for (const [name, { schema }] of Object.entries(response?.headers ?? {})) {
        const text = answer.headers.get(name);
        const value = schema.type === 'integer' ? Number(text) : text;
        if (text !== null) assertFits(value, [...place, 'headers', name, 'schema']);
      }

      if (mediaType === undefined) {
        // The body of a redirect, if it has one, is a word for people.
        if (!status.startsWith('3')) assert.equal(answer.text, '');
        return;
      }
      assert.equal((answer.headers.get('content-type') ?? '').split(';')[0], mediaType);
      const { schema = {} } = response?.content?.[mediaType] ?? {};
      const value = contentOf(answer, mediaType, schema);
      assertFits(value, [...place, 'content', mediaType, 'schema']);
    },
  };
}

/** What an answer is to be. */
interface Documented {
  /** The status, and for an error its code. */
  readonly face: string;
  /** Undefined for a response without a body. */
  readonly mediaType: string | undefined;
}

function codeOf(answer: Answer): unknown {
  if (/xml/.test(answer.headers.get('content-type') ?? ''))
    return /<code>(\w+)<\/code>/.exec(answer.text)?.[1];
  const { error, code } = answer.json();
  return error ?? code;
}

function escapePointer(token: string): string {
  return encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1'));
}

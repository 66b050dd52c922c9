import { Type } from 'typebox';
import type { ErrorDeclaration, ErrorStyle } from '../../declared-error.ts';
import { codeOf } from '../errors/error-codes.ts';
import { problemOf } from '../errors/problem-details.ts';
import { inHtml } from './response.ts';

const code = Type.String({ description: 'For programs; stable.' });
const message = Type.String({ description: 'For people.' });

/** The common properties of errors; each response adds its codes and details. */
const shapes = {
  Error: Type.Object({ error: code, message }, { title: 'Error', description: 'An error.' }),
  XmlError: Type.Object(
    { code, message },
    { title: 'XmlError', description: 'An error in XML.', xml: { name: 'error' } },
  ),
  ErrorInfo: Type.Object(
    {
      status: Type.Integer({
        format: 'int32',
        minimum: 100,
        maximum: 599,
        description: 'The HTTP response status.',
      }),
      code: Type.String({ maxLength: 96, description: 'For programs.' }),
      message: Type.String({ maxLength: 512, description: 'For people.' }),
    },
    { title: 'ErrorInfo', description: 'An error in the format of CAMARA.' },
  ),
  ProblemDetails: Type.Object(
    {
      type: Type.String({
        format: 'uri-reference',
        description: 'Identifies the kind of problem; stable. A page describes it.',
      }),
      title: Type.String({ description: 'The kind of problem, for people.' }),
      status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP response status.' }),
      detail: Type.String({ description: 'What is wrong with this request, for people.' }),
      code,
    },
    { title: 'ProblemDetails', description: 'An error in the format of RFC 9457.' },
  ),
};

/** @returns the bodies that an error response of the style can have, by media type */
export function bodiesOf(
  errors: readonly ErrorDeclaration[],
  status: number,
  style: ErrorStyle,
): Record<string, object> {
  // The first of several errors with one code is its example.
  const byCode = new Map([...errors].reverse().map((error) => [codeOf(error, style), error]));
  const codes = [...new Set(errors.map((error) => codeOf(error, style)))];
  const schemaOf = (shape: object, codeProperty: string, properties: object = {}) => ({
    allOf: [
      shape,
      { type: 'object', properties: { ...properties, [codeProperty]: { type: 'string', enum: codes } } },
    ],
  });
  const examplesOf = (codeProperty: string, fixed = {}) =>
    Object.fromEntries(
      codes.map((one) => [
        one,
        { value: { ...fixed, [codeProperty]: one, message: byCode.get(one)?.description } },
      ]),
    );
  const properties = { status: { type: 'integer', enum: [status] } };
  if (style === 'camara') {
    const schema = schemaOf(shapes.ErrorInfo, 'code', properties);
    return { 'application/json': { schema, examples: examplesOf('code', { status }) } };
  }
  const details = detailsOf(errors, style);
  if (style === 'problem') {
    const examples = Object.fromEntries(
      codes.map((one) => [one, { value: problemOf(one, status, byCode.get(one)?.description ?? '') }]),
    );
    return {
      'application/problem+json': {
        schema: schemaOf(shapes.ProblemDetails, 'code', { ...properties, ...details }),
        examples,
      },
    };
  }
  return {
    'application/json': { schema: schemaOf(shapes.Error, 'error', details), examples: examplesOf('error') },
    ...inHtml,
    'application/xml': { schema: schemaOf(shapes.XmlError, 'code') },
  };
}

/** Details of several errors may have the same name; the description then lists each meaning. */
function detailsOf(errors: readonly ErrorDeclaration[], style: ErrorStyle): Record<string, object> {
  const all = errors.flatMap((error) =>
    Object.entries(error.details ?? {}).map(([name, schema]) => ({
      name,
      schema,
      code: codeOf(error, style),
    })),
  );
  const details = [...Map.groupBy(all, ({ name }) => name)].map(([name, uses]) => {
    const meanings = new Map(uses.map(({ schema, code }) => [schema.description, code]));
    const description =
      meanings.size === 1
        ? uses[0]?.schema.description
        : [...meanings].map(([meaning, one]) => `\`${one}\`: ${meaning}`).join('\n\n');
    return [name, { ...uses[0]?.schema, description }];
  });
  return Object.fromEntries(details);
}

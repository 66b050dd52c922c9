import { Type } from 'typebox';
import type { ErrorClass, ErrorStyle } from '../../declared-error.ts';
import { codeOf, detailsOf } from '../errors/error-codes.ts';
import { errorJson } from '../errors/error-json.ts';
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
  errors: readonly ErrorClass[],
  status: number,
  style: ErrorStyle,
): Record<string, object> {
  const byCode = Map.groupBy(errors, ({ declaration }) => codeOf(declaration, style));
  const codes = [...byCode.keys()];
  const examples = Object.fromEntries(
    [...byCode].map(([code, [first]]) => [
      code,
      { value: first && toJson(errorJson(first.sample(), status, style)) },
    ]),
  );
  const schemaOf = (shape: object, codeProperty: string, properties: object = {}) => ({
    allOf: [
      shape,
      { type: 'object', properties: { ...properties, [codeProperty]: { type: 'string', enum: codes } } },
    ],
  });
  const properties = { status: { type: 'integer', enum: [status] } };
  const details = describeDetails(errors, style);
  if (style === 'camara') {
    return { 'application/json': { schema: schemaOf(shapes.ErrorInfo, 'code', properties), examples } };
  }
  if (style === 'problem') {
    const schema = schemaOf(shapes.ProblemDetails, 'code', { ...properties, ...details });
    return { 'application/problem+json': { schema, examples } };
  }
  return {
    'application/json': { schema: schemaOf(shapes.Error, 'error', details), examples },
    ...inHtml,
    'application/xml': { schema: schemaOf(shapes.XmlError, 'code') },
  };
}

/** As a client receives it: times are texts. */
function toJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Details of several errors may have the same name; the description then lists each meaning. */
function describeDetails(errors: readonly ErrorClass[], style: ErrorStyle): Record<string, object> {
  const all = errors.flatMap(({ declaration }) =>
    Object.entries(detailsOf(declaration, style)).map(([name, schema]) => ({
      name,
      schema,
      code: codeOf(declaration, style),
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

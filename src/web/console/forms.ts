import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { textField } from '../../platform/http/pages/elements.ts';
import { readTime } from '../../platform/time-formats.ts';

/** The query of a page that shows a notice after a form. */
export const DoneQuery = Type.Object({ done: Type.Optional(Type.String({ maxLength: 64 })) });

/** A text field of a form. The limit is higher than that of the service, whose error message is better. */
export const typedText = (maxLength: number) => Type.Optional(Type.String({ maxLength }));

/** Drops the empty fields of a filter form from the query, before it is validated. */
export async function dropEmptyFields(request: FastifyRequest): Promise<void> {
  const given = Object.entries(request.query as Record<string, unknown>);
  request.query = Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** A URL with these query parameters; leaves out undefined ones. */
export function addressOf(path: string, ...parameters: readonly object[]): string {
  const entries = parameters.flatMap((each) => Object.entries(each));
  const given = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** The time field of a filter. It shows the given text, even if it is not a valid time. */
export function timeField(name: string, label: string, given: string | undefined): string {
  const field = { name, label, hint: 'UTC' };
  if (given === undefined) return textField({ ...field, type: 'datetime-local' });
  const value = localTime(name, given);
  return value === undefined
    ? textField({ ...field, value: given })
    : textField({ ...field, value, type: 'datetime-local' });
}

/** `YYYY-MM-DDTHH:MM`, the format of `datetime-local` fields; undefined for an invalid time. */
function localTime(name: string, given: string): string | undefined {
  try {
    return readTime(name, given).toISOString().slice(0, 16);
  } catch {
    return undefined;
  }
}

/** The lines of a text area, without empty ones. */
export function linesOf(text = ''): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

import { textField } from '../../../platform/http/pages/elements.ts';
import { readTime } from '../../../platform/http/query.ts';

/** A time of a filter, in whichever form it was given; what is no time stays as it was typed. */
export function timeField(name: string, label: string, given: string | undefined): string {
  const field = { name, label, hint: 'UTC' };
  if (given === undefined) return textField({ ...field, type: 'datetime-local' });
  const value = forField(name, given);
  return value === undefined
    ? textField({ ...field, value: given })
    : textField({ ...field, value, type: 'datetime-local' });
}

/** `YYYY-MM-DDTHH:MM`, the one form that a field for times knows. */
function forField(name: string, given: string): string | undefined {
  try {
    return readTime(name, given).toISOString().slice(0, 16);
  } catch {
    return undefined;
  }
}

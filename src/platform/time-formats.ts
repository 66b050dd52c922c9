import { InvalidInput } from './domain-error.ts';

/** Reads times, and formats times (in UTC) and durations for people. */

/** `2026-01-31` */
export function dayText(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** `2026-01-31 08:30` */
export function minuteText(at: Date): string {
  return secondText(at).slice(0, 16);
}

/** `2026-01-31 08:30:00` */
export function secondText(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

/** `h:mm:ss` */
export function durationText(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Reads an ISO 8601 day, or day and time; UTC without a zone. @throws InvalidInput naming `field` */
export function readTime(field: string, text: string): Date {
  const zoned = /^\d{4}-\d\d-\d\d$|(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  const time = new Date(zoned);
  const [day = ''] = /^\d{4}-\d\d-\d\d/.exec(text) ?? [];
  if (Number.isNaN(time.getTime()) || new Date(`${day}T00:00Z`).toJSON()?.slice(0, 10) !== day) {
    throw new InvalidInput(
      field,
      `${field} must be a day or a time in ISO 8601, such as 2026-01-31T08:30:00Z. In a URL, write + as %2B.`,
    );
  }
  return time;
}

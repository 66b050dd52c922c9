/**
 * Reads the header Retry-After (RFC 9110 section 10.2.3): a number of seconds, or a date in one of the three forms of section
 * 5.6.7.
 * @returns seconds from `now`, at least 0; null for a missing or invalid header
 */
export function readRetryAfter(header: string | undefined, now: Date): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text)) return null;
  const time = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`); // asctime names no zone
  return Number.isNaN(time) ? null : Math.max(0, (time - now.getTime()) / 1000);
}

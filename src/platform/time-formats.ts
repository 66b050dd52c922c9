/** Formats times (in UTC) and durations for people. */

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

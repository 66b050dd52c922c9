export type Row = Readonly<Record<string, unknown>>;

/** Prints rows as a table, or as JSON. */
export function printRows(rows: readonly Row[], json: boolean): void {
  console.log(json ? JSON.stringify(rows, null, 2) : table(rows));
}

/** Prints a row with one property per line, or as JSON. */
export function printRow(row: Row, json: boolean): void {
  const lines = Object.entries(row).map(([name, value]) => `${name}: ${text(value)}`);
  console.log(json ? JSON.stringify(row, null, 2) : lines.join('\n'));
}

function table(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0) return 'none';
  const lines = [names.map(heading), ...rows.map((row) => names.map((name) => text(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return padded.map((line) => line.trimEnd()).join('\n');
}

/** `sipAddress` is headed SIP ADDRESS. */
function heading(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase();
}

function text(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length > 0 ? value.join(' ') : '-';
  return String(value);
}

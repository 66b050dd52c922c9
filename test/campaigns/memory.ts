import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Megabytes that a process holds, and the most it has held since it was last asked; undefined where the system does not tell. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  const status = readFileSync(file, 'utf8');
  const megabytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  const memory = { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
  writeFileSync(`/proc/${pid}/clear_refs`, '5'); // proc(5): resets the peak
  return memory;
}

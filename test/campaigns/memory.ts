import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** The memory of a process in megabytes, and its peak since the last call; undefined if the system does not support this. */
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

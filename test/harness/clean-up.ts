import { after } from 'node:test';

const tasks: (() => unknown)[] = [];

/** Runs the task after the file's last test. Tasks run in reverse order. */
export function afterFile(task: () => unknown): void {
  tasks.push(task);
}

/** A worker that runs several files calls this after each; a file that runs alone does so below. */
export async function cleanUp(): Promise<void> {
  for (const task of tasks.splice(0).reverse()) await task();
}

after(cleanUp);

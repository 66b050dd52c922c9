import { after } from 'node:test';

const tasks: (() => unknown)[] = [];
const lastTasks: (() => unknown)[] = [];

/** Runs the task once, after the file's last test. Tasks run in reverse order. */
export function afterFile(task: () => unknown): void {
  tasks.push(task);
}

/** For modules that several files share: runs the task after every file, after the file's own tasks. */
export function afterEveryFile(task: () => unknown): void {
  lastTasks.push(task);
}

/** A worker that runs several files calls this after each; a file that runs alone does so below. */
export async function cleanUp(): Promise<void> {
  for (const task of [...lastTasks, ...tasks.splice(0)].reverse()) await task();
}

// A program that uses the peers calls it itself; the test runner there would catch signals and errors, and print a report.
if (process.env['NODE_TEST_CONTEXT'] !== undefined) after(cleanUp);

import { after } from 'node:test';

const tasks: (() => unknown)[] = [];

/** To be done after the file's last test, what was begun last being ended first. */
export function afterFile(task: () => unknown): void {
  tasks.push(task);
}

after(async () => {
  for (const task of tasks.reverse()) await task();
});

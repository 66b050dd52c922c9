import assert from 'node:assert/strict';
import type { TestApp } from '../../harness/app.ts';
import { bearer } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';

export const METRICS_TOKEN = 'prometheus-may-read-this';

type Node = Pick<TestApp, 'url'>;

/** The lines of one metric, as `labels value`. */
export async function read(node: Node, name: string): Promise<string[]> {
  const { status, text } = await request(node, 'GET', '/metrics', bearer(METRICS_TOKEN));
  assert.equal(status, 200, text);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => line.slice(name.length));
}

/** The sum of the lines whose labels are so, over nodes. */
export async function total(name: string, labels: RegExp, ...nodes: readonly Node[]): Promise<number> {
  const lines = (await Promise.all(nodes.map((node) => read(node, name)))).flat();
  return lines
    .filter((line) => labels.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const MODULE = new URL('../src/idle-memory.ts', import.meta.url).href;

/** Makes what a load makes, leaves it, and says how many bytes the process holds then and 25 s later. */
const SCRIPT = `
  const { saveMemoryWhileIdle } = await import('${MODULE}');
  saveMemoryWhileIdle();
  let kept = [];
  for (let round = 0; round < 40; round++) {
    kept = Array.from({ length: 100_000 }, (_, n) => ({ n, text: 'call ' + n }));
    await new Promise(setImmediate);
  }
  kept = undefined;
  const busy = process.memoryUsage.rss();
  setTimeout(() => console.log(JSON.stringify([busy, process.memoryUsage.rss()])), 25_000);
`;

test('gives memory back while there is little to do', () => {
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    encoding: 'utf8',
  });
  const [busy, idle] = JSON.parse(said) as [number, number];
  assert.ok(idle < busy * 0.75, `${busy} bytes under load, ${idle} afterwards`);
});

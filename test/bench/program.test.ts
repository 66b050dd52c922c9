import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PRODUCTION, ROOT } from '../../bench/environment/program.ts';

test('the benchmark starts the server with the environment of npm start', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const environment = Object.fromEntries(
    [...scripts.start.matchAll(/(\w+)=("[^"]*"|\S+)/g)]
      .filter(([, name]) => name === name?.toUpperCase())
      .map(([, name, value]) => [name, value.replaceAll('"', '').replace(' $NODE_OPTIONS', '')]),
  );
  assert.deepEqual(Object.keys(environment), ['MALLOC_ARENA_MAX', 'NODE_COMPILE_CACHE', 'NODE_OPTIONS']);
  const { MALLOC_ARENA_MAX, NODE_COMPILE_CACHE, NODE_OPTIONS } = PRODUCTION;
  assert.deepEqual(
    { MALLOC_ARENA_MAX, NODE_COMPILE_CACHE, NODE_OPTIONS },
    { ...environment, NODE_COMPILE_CACHE: join(ROOT, environment['NODE_COMPILE_CACHE']) },
  );
});

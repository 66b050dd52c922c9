import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listDependencies, readPurposes } from '../scripts/dependencies/dependencies.ts';

/** Licences that dependencies of the running server may have: they require nothing but their own text. */
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'];

const dependencies = listDependencies();
const purposes = readPurposes();

test('docs/dependencies.md has the purpose of each dependency, and of nothing else', () => {
  assert.deepEqual([...purposes.keys()].toSorted(), dependencies.map(({ name }) => name).toSorted());
  for (const [name, purpose] of purposes) assert.ok(purpose.length > 4, name);
});

test('each dependency is pinned to one version, and each that is shipped has a permissive licence', () => {
  for (const { name, kind, version, licence } of dependencies) {
    assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    if (kind === 'development') continue;
    for (const each of licence.replace(/[()]/g, '').split(/ AND | OR /))
      assert.ok(LICENCES.includes(each), `${name}: ${licence}`);
  }
});

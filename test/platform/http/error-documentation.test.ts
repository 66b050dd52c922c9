import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { camaraCodeOf, statuses, statusOfClass } from '../../../src/platform/http/errors/error-statuses.ts';

const root = join(import.meta.dirname, '../../..');
const documented = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| `/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** The names of all errors that can be raised, as their declarations have them. */
const raised = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^(?:export )?class (\w+) extends (?:DomainError|CallTooSoon|SignInRefused|ConsoleClosed|DatabaseUnavailable)\b/gm,
    ),
  ].map(([, name]) => name ?? ''),
);

function codeOf(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

test('every error that can be raised is documented, and no other', () => {
  const abstract = ['DatabaseUnavailable'];
  const codes = documented.flatMap(([, code = '']) => [...code.matchAll(/`(\w+)`/g)].map(([, one]) => one));
  assert.ok(raised.length > 20);
  assert.deepEqual(
    codes.sort(),
    raised
      .filter((name) => !abstract.includes(name))
      .map(codeOf)
      .sort(),
  );
});

test('every error is documented with the status that it gets', () => {
  for (const [type] of statuses) {
    const row = documented.find(([, code = '']) => code.includes(`\`${codeOf(type.name)}\``));
    if (!row) continue; // kinds of invalid input, and the family of the database's errors, whose members are documented
    const [admin, classic] = [statusOfClass(type, 'admin'), statusOfClass(type, 'classic')];
    const own = admin === classic ? String(admin) : `${admin} admin, ${classic} classic`;
    const camara = statusOfClass(type, 'camara');
    assert.equal(row[2], own, type.name);
    if (row[3] !== '') assert.equal(row[3], `${camara} ${camaraCodeOf(type, camara)}`, type.name);
  }
});

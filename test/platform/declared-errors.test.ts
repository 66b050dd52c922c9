import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorClasses } from '../../scripts/docs/error-classes.ts';
import { DeclaredError } from '../../src/platform/declared-error.ts';
import { InvalidInput } from '../../src/platform/domain-error.ts';

const root = join(import.meta.dirname, '../..');

interface SourceClass {
  readonly file: string;
  readonly abstract: boolean;
  readonly name: string;
  readonly base: string;
}

const classes: SourceClass[] = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^(?:export )?(abstract )?class (\w+) extends (\w+)/gm,
    ),
  ].map(([, abstract, name = '', base = '']) => ({ file, abstract: abstract !== undefined, name, base })),
);

/** All classes that inherit from DeclaredError. */
function below(base: string): SourceClass[] {
  return classes.filter((each) => each.base === base).flatMap((each) => [each, ...below(each.name)]);
}

const errors = below('DeclaredError');

test('errors are declared in files named *-errors.ts', () => {
  assert.ok(errors.length > 50, `${errors.length} errors`);
  const elsewhere = errors.filter(({ file }) => !/-errors?\.ts$/.test(file));
  assert.deepEqual(elsewhere, []);
});

test('every error has a declaration, its own or an inherited one', () => {
  const declared = errorClasses.map(({ name }) => name);
  const lacking = errors.filter(
    ({ abstract, name, base }) => !abstract && !declared.includes(name) && !declared.includes(base),
  );
  assert.deepEqual(lacking, []);
});

test('codes are in snake case and unique; only kinds of invalid input share a code', () => {
  const codes = errorClasses
    .filter((type) => type === InvalidInput || !(type.prototype instanceof InvalidInput))
    .map(({ declaration }) => declaration.code);
  assert.deepEqual(
    codes.filter((code, index) => !/^[a-z]+(_[a-z]+)*$/.test(code) || codes.indexOf(code) !== index),
    [],
  );
  const kinds = errorClasses.filter((type) => type.prototype instanceof InvalidInput);
  assert.deepEqual([...new Set(kinds.map(({ declaration }) => declaration.code))], ['invalid_input']);
});

for (const { name, prototype, declaration } of errorClasses) {
  const { headers, problem, description, retry, page } = declaration;

  test(`${name} sets headers if it declares any, and no others`, () => {
    const declares = { ...headers, ...problem?.headers };
    const sets = prototype.headers !== DeclaredError.prototype.headers;
    assert.equal(sets, Object.keys(declares).length > 0);
  });

  test(`${name} is described in whole sentences`, () => {
    for (const text of [description, page?.advice]) assert.match(text ?? 'A.', /^[A-Z].*\.$/s);
    for (const text of [retry, page?.title]) assert.doesNotMatch(text ?? '', /\.$/);
  });
}

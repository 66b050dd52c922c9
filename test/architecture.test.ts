import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const files = globSync('src/**/*.ts', { cwd: root });

/** Every file of src with what it imports: files of src by their path, packages by their name. */
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [
    ...source.matchAll(
      /^(?:import|export)\s+(?:[\w\s{},*]+\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm,
    ),
  ];
  return specifiers.map(([, fixed, dynamic]) => {
    const specifier = fixed ?? dynamic ?? '';
    return specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier;
  });
}

interface Rule {
  readonly title: string;
  readonly of: RegExp;
  readonly never: RegExp;
}

const HTTP = '^src/http/|^fastify$|^@fastify/|^src/.*-routes\\.ts$';

const rules: Rule[] = [
  {
    title: 'routes call services, never stores or the database driver',
    of: /-routes\.ts$/,
    never: /-store\.ts$|^pg$/,
  },
  {
    title: 'the shared HTTP parts call services, never stores or the database driver',
    of: /^src\/http\//,
    never: /-store\.ts$|^pg$/,
  },
  {
    title: 'services know no HTTP',
    of: /-service\.ts$|^src\/people\//,
    never: new RegExp(HTTP),
  },
  {
    title: 'stores know no HTTP and no services',
    of: /-store\.ts$|^src\/oauth\/provider\/adapters\//,
    never: new RegExp(`${HTTP}|-service\\.ts$`),
  },
  {
    title: 'the database knows none of the features',
    of: /^src\/database\//,
    never: /^src\/(?!database\/|config\.ts|domain-error\.ts)/,
  },
  {
    title: 'people, clients, calls, events and carriers know none of the faces',
    of: /^src\/(people|clients|calls|events|carriers)\//,
    never: /^src\/(classic|click-to-dial|admin|console|account|cli|http)\//,
  },
  {
    title: 'calls know neither the carriers that make them nor the events that tell of them',
    of: /^src\/calls\//,
    never: /^src\/(carriers|events)\//,
  },
  ...['classic', 'click-to-dial', 'admin', 'console', 'account'].map((face) => ({
    title: `the face ${face} knows nothing of the other ones`,
    of: new RegExp(`^src/${face}/`),
    never: new RegExp(`^src/(?!${face}/)(classic|click-to-dial|admin|console|account|cli)/`),
  })),
  {
    title: 'only the application, its start and the command line know the faces',
    of: /^src\/(?!(app|main)\.ts|cli\/|classic\/|click-to-dial\/|admin\/|console\/|account\/)/,
    never: /^src\/(app|main)\.ts|^src\/(classic|click-to-dial|admin|console|account|cli)\//,
  },
];

for (const { title, of, never } of rules) {
  test(title, () => {
    const concerned = files.filter((file) => of.test(file));
    assert.ok(concerned.length > 0, 'the rule concerns no file');
    const wrong = concerned.flatMap((file) =>
      (imports.get(file) ?? [])
        .filter((imported) => never.test(imported))
        .map((imported) => `${file} imports ${imported}`),
    );
    assert.deepEqual(wrong, []);
  });
}

test('no file imports itself, however far around', () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), [...path.slice(path.indexOf(file)), file].join(' imports '));
    if (done.has(file)) return;
    for (const imported of imports.get(file) ?? [])
      if (imports.has(imported)) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test('every import of a file of src leads to one', () => {
  const lost = files.flatMap((file) =>
    (imports.get(file) ?? []).filter((imported) => imported.startsWith('src/') && !imports.has(imported)),
  );
  assert.deepEqual(lost, []);
});

test('only the configuration reads the environment', () => {
  const readers = files.filter((file) => /process\.env/.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(readers, ['src/config.ts']);
});

test('the path of the CAMARA API, which changes with its version, is written in one file', () => {
  const writers = files.filter((file) =>
    /['"`]\/click-to-dial\/v/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(writers, ['src/calls/base-path.ts']);
});

test('no two statements have the same name: a connection that has prepared one refuses the other', () => {
  const names = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bname: '(\w+)',\s*(?:locks: true,\s*)?text:/g)].map(
      ([, name = '']) => name,
    ),
  );
  assert.ok(names.length > 50, `${names.length} names`);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

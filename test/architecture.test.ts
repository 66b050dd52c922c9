import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const files = globSync(['src/**/*.ts', 'packages/*/src/**/*.ts'], { cwd: root });

/** Every file of the server and its packages with what it imports: files by their path, packages by their name. */
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

const HTTP = '^src/platform/http/|^src/web/|^fastify$|^@fastify/|^src/.*-routes\\.ts$';
const SURFACES = ['account', 'admin-api', 'api', 'classic', 'click-to-dial', 'console', 'demo'];

/** `api` extends CAMARA Click to Dial, and shows calls as it does. */
function othersOf(surface: string): string[] {
  return SURFACES.filter((other) => other !== surface && !(surface === 'api' && other === 'click-to-dial'));
}

const rules: Rule[] = [
  {
    title: 'routes call services, never stores or the database driver',
    of: /-routes\.ts$/,
    never: /-store\.ts$|^pg$/,
  },
  {
    title: 'the HTTP kit never calls stores or the database driver',
    of: /^src\/platform\/http\//,
    never: /-store\.ts$|^pg$/,
  },
  {
    title: 'core knows no HTTP, no carrier and no web surface',
    of: /^src\/core\//,
    never: new RegExp(`${HTTP}|^src/(carriers|web|cli)/`),
  },
  {
    title: 'stores know no services',
    of: /-store\.ts$|^src\/web\/oauth\/provider\/adapters\//,
    never: /-service\.ts$|^src\/platform\/http\/|^fastify$|^@fastify\//,
  },
  {
    title: 'the platform knows no feature',
    of: /^src\/platform\//,
    never: /^src\/(?!platform\/)/,
  },
  {
    title:
      'only the start and the surfaces know the configuration; others declare the settings that they take',
    of: /^src\/(core|platform|carriers)\//,
    never: /^src\/config\//,
  },
  {
    // Whether a client's metadata is acceptable, and what an initial access token is, the authorization server alone knows.
    title: 'the command line calls core; for the authorization server alone it starts a part of the web',
    of: /^src\/cli\//,
    never: /^src\/platform\/http\/|^src\/web\/(?!oauth\/provider\/authorization-server\.ts)/,
  },
  {
    title: 'surfaces know no carrier; the metrics alone show what a carrier measures',
    of: /^src\/web\//,
    never: /^src\/carriers\/(?!sip\/sip-(carrier|metrics)\.ts)/,
  },
  {
    title: 'carriers know core, and no web surface',
    of: /^src\/carriers\//,
    never: /^src\/(web|cli|platform\/http)\//,
  },
  ...SURFACES.map((surface) => ({
    title: `the surface ${surface} knows no other surface`,
    of: new RegExp(`^src/web/${surface}/`),
    never: new RegExp(`^src/web/(?!${surface}/)(${othersOf(surface).join('|')})/|^src/cli/`),
  })),
  {
    title: 'the SIP stack stands alone: it imports itself and Node.js',
    of: /^packages\/sip\//,
    never: /^(?!packages\/sip\/(src|vendor)\/|node:)/,
  },
  {
    title: 'the server imports packages by their name',
    of: /^src\//,
    never: /^packages\//,
  },
  {
    title: 'only the application and its start know how everything is put together',
    of: /^src\/(?!(app|main|surfaces)\.ts)/,
    never: /^src\/(app|main|surfaces)\.ts/,
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

/** Each folder of core imports only folders that stand before it. */
const CORE = [
  'audit',
  'phone-numbers',
  'people',
  'tokens',
  'clients',
  'brand',
  'console-sessions',
  'signing-keys',
  'grants',
  'second-factors',
  'calls',
  'events',
  'back-channel-logout',
  'statistics',
  'personal-data',
  'retention',
  'demo',
  'administration.ts',
  'core.ts',
];

test('the folders of core import each other in one order', () => {
  const place = (file: string) => CORE.indexOf(file.split('/')[2] ?? '');
  const core = files.filter((file) => file.startsWith('src/core/'));
  assert.deepEqual(
    core.filter((file) => place(file) === -1),
    [],
    'files in a folder without a place in the order',
  );
  const wrong = core.flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((imported) => imported.startsWith('src/core/') && place(imported) > place(file))
      .map((imported) => `${file} imports ${imported}`),
  );
  assert.deepEqual(wrong, []);
});

/** A folder of core, of the platform or of the web; else a folder of src, or a package. */
function folderOf(file: string): string {
  const [, folder] = /^((?:src\/(?:core|platform|web)\/|src\/|packages\/)[^/]+)\//.exec(file) ?? [];
  return folder ?? dirname(file);
}

function importsBetween(nameOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map([...imports.keys()].map((file) => [nameOf(file), new Set<string>()]));
  for (const [file, imported] of imports)
    for (const each of imported)
      if (imports.has(each) && nameOf(each) !== nameOf(file)) graph.get(nameOf(file))?.add(nameOf(each));
  return graph;
}

for (const [what, graph] of [
  ['file', importsBetween((file) => file)],
  ['folder', importsBetween(folderOf)],
] as const) {
  test(`no ${what} imports itself through others`, () => {
    const done = new Set<string>();
    const visit = (node: string, path: readonly string[]): void => {
      assert.ok(!path.includes(node), [...path.slice(path.indexOf(node)), node].join(' imports '));
      if (done.has(node)) return;
      for (const imported of graph.get(node) ?? []) visit(imported, [...path, node]);
      done.add(node);
    };
    for (const node of graph.keys()) visit(node, []);
  });
}

test('every import of a file leads to one', () => {
  const lost = files.flatMap((file) =>
    (imports.get(file) ?? []).filter(
      (imported) => /^(src|packages\/\w+\/src)\//.test(imported) && !imports.has(imported),
    ),
  );
  assert.deepEqual(lost, []);
});

test('only the configuration reads the environment', () => {
  const readers = files.filter((file) => /process\.env/.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(readers, ['src/config/config.ts']);
});

test('the path of the CAMARA API, which changes with its version, is written in one file', () => {
  const writers = files.filter((file) =>
    /['"`]\/click-to-dial\/v/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(writers, ['src/web/click-to-dial/base-path.ts']);
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

import { globSync, readFileSync } from 'node:fs';

interface Package {
  /** Of a package of this repository: its folder. */
  readonly resolved?: string;
  readonly link?: boolean;
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A direct dependency, or one whose code is in this repository. */
export interface Dependency {
  readonly name: string;
  readonly kind: 'runtime' | 'optional' | 'development' | 'vendored';
  readonly version: string;
  readonly licence: string;
  /** How many packages it brings, without itself. Others may bring them too. */
  readonly brings: number;
}

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const server = packages[''] ?? {};

/** The dependencies in package-lock.json, and the vendored ones. */
export function listDependencies(): Dependency[] {
  const kinds = [
    ['runtime', server.dependencies],
    ['optional', server.optionalDependencies],
    ['development', server.devDependencies],
  ] as const;
  const installed = kinds.flatMap(([kind, names = {}]) =>
    Object.keys(names).map((name) => {
      const at = `node_modules/${name}`;
      const { version = '', license: licence = 'unknown' } = packageAt(at);
      return { name, kind, version, licence, brings: reachedFrom(at).size - 1 };
    }),
  );
  return [...installed, ...listVendored()];
}

function listVendored(): Dependency[] {
  return globSync('packages/*/vendor/*/package.json', { cwd: root }).map((file) => {
    const {
      name,
      version,
      license: licence,
    } = JSON.parse(read(file)) as Required<Package> & { name: string };
    return { name, kind: 'vendored', version, licence, brings: 0 };
  });
}

/** A package of this repository is a link to its folder. */
function packageAt(at: string): Package {
  const { link, resolved = '', ...found } = packages[at] ?? {};
  return link ? (packages[resolved] ?? {}) : found;
}

/** The places of all packages that one of them needs, itself included. */
function reachedFrom(at: string, reached = new Set<string>()): Set<string> {
  if (reached.has(at)) return reached;
  reached.add(at);
  const { dependencies, optionalDependencies } = packageAt(at);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = placeOf(name, at);
    if (place !== undefined) reachedFrom(place, reached);
  }
  return reached;
}

/** The nearest one upwards, as Node resolves it; undefined for an optional one that is not installed. */
function placeOf(name: string, from: string): string | undefined {
  const nested = `${from}/node_modules/${name}`;
  if (packages[nested]) return nested;
  const above = from.lastIndexOf('/node_modules/');
  if (above >= 0) return placeOf(name, from.slice(0, above));
  return packages[`node_modules/${name}`] && `node_modules/${name}`;
}

/** The purposes in docs/dependencies.md, by the name of the package. */
export function readPurposes(): ReadonlyMap<string, string> {
  const rows = read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm);
  return new Map([...rows].map(([, name = '', purpose = '']) => [name, purpose]));
}

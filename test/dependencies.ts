import { readFileSync } from 'node:fs';

interface Package {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A direct dependency. */
export interface Dependency {
  readonly name: string;
  readonly kind: 'runtime' | 'optional' | 'development';
  readonly version: string;
  readonly licence: string;
  /** How many packages come along with it, without itself; some come with others, too. */
  readonly brings: number;
}

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const root = packages[''] ?? {};

/** As package-lock.json has them. */
export function listDependencies(): Dependency[] {
  const kinds = [
    ['runtime', root.dependencies],
    ['optional', root.optionalDependencies],
    ['development', root.devDependencies],
  ] as const;
  return kinds.flatMap(([kind, names = {}]) =>
    Object.keys(names).map((name) => {
      const at = `node_modules/${name}`;
      const { version = '', license: licence = 'unknown' } = packages[at] ?? {};
      return { name, kind, version, licence, brings: reachedFrom(at).size - 1 };
    }),
  );
}

/** Where all packages lie that one of them needs, itself included. */
function reachedFrom(at: string, reached = new Set<string>()): Set<string> {
  if (reached.has(at)) return reached;
  reached.add(at);
  const { dependencies, optionalDependencies } = packages[at] ?? {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = placeOf(name, at);
    if (place !== undefined) reachedFrom(place, reached);
  }
  return reached;
}

/** The nearest one upwards, as Node looks for it; undefined for an optional one that is not there. */
function placeOf(name: string, from: string): string | undefined {
  const nested = `${from}/node_modules/${name}`;
  if (packages[nested]) return nested;
  const above = from.lastIndexOf('/node_modules/');
  if (above >= 0) return placeOf(name, from.slice(0, above));
  return packages[`node_modules/${name}`] && `node_modules/${name}`;
}

/** What docs/dependencies.md says of each package, by name. */
export function readPurposes(): ReadonlyMap<string, string> {
  const rows = read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm);
  return new Map([...rows].map(([, name = '', purpose = '']) => [name, purpose]));
}

import { listDependencies, readPurposes } from './dependencies.ts';

/** `npm run list-dependencies`: every direct dependency, what it is for, and what comes with it. */

const purposes = readPurposes();
for (const { name, kind, version, licence, brings } of listDependencies()) {
  console.log(`${name} ${version} (${kind}, ${licence}, brings ${brings})`);
  console.log(`    ${purposes.get(name) ?? 'NO PURPOSE in docs/dependencies.md'}`);
}

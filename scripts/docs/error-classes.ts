import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorClass } from '../../src/platform/declared-error.ts';

const root = join(import.meta.dirname, '../..');

/** All exported classes with an error declaration. */
export const errorClasses: readonly ErrorClass[] = (
  await Promise.all(
    globSync('src/**/*-{error,errors}.ts', { cwd: root }).map((file) => import(join(root, file))),
  )
)
  .flatMap((exports: object) => Object.values(exports))
  .filter((value): value is ErrorClass => typeof value === 'function' && Object.hasOwn(value, 'declaration'));

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Program, ROOT } from './environment/program.ts';
import { type Scale, scales } from './scale.ts';

export const USAGE = `npm run bench [-- [PART…] [option…]]

  --quick            a quick look: ten minutes
  --connections N    connections of the paths under load; default 50
  --server FOLDER    measure the server in another folder, such as a git worktree
  --env NAME=VALUE   environment variable of the server; may be repeated
  --profile FOLDER   write CPU profiles of the server to this folder
  --write FILE       write the report to this file, even for single parts`;

export interface Options {
  /** Names of parts; empty: all parts. */
  readonly parts: readonly string[];
  readonly scale: Scale;
  readonly connections: number;
  readonly program: Program;
  /** Whether a run of all parts writes docs/performance.md. */
  readonly publishes: boolean;
  readonly write: string | undefined;
  readonly help: boolean;
}

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      tiny: { type: 'boolean', default: false },
      connections: { type: 'string', default: '50' },
      server: { type: 'string', default: ROOT },
      env: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { tiny, quick, profile } = values;
  return {
    parts: positionals,
    scale: tiny ? scales.tiny : quick ? scales.quick : scales.full,
    connections: Number(values.connections),
    program: {
      root: resolve(values.server),
      env: Object.fromEntries(values.env.map((each) => each.split(/=(.*)/s).slice(0, 2))),
      nodeOptions: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`],
    },
    publishes: !tiny && !quick,
    write: values.write,
    help: values.help,
  };
}

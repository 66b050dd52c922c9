import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Scale, scales } from './scale.ts';
import { type Program, ROOT } from './stage/program.ts';

export const USAGE = `npm run bench [-- [PART…] [option…]]

  --quick            less of everything: five minutes
  --connections N    of the paths under load; 50
  --server FOLDER    measures the server of another folder, such as a git worktree
  --env NAME=VALUE   of the server; as often as needed
  --profile FOLDER   has Node.js write processor profiles of the server there
  --write FILE       writes the page there, also of a part`;

export interface Options {
  /** Names of parts; none: all. */
  readonly parts: readonly string[];
  readonly scale: Scale;
  readonly connections: number;
  readonly program: Program;
  /** Whether a run of all parts is worth a page of the documentation. */
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

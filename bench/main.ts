import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { requireWrk } from './load.ts';
import { readOptions, USAGE } from './options.ts';
import { measureBurst } from './paths/burst.ts';
import { measureEvents } from './paths/events.ts';
import { measureHistory } from './paths/history.ts';
import { measureLoneOpening } from './paths/lone.ts';
import { measureMemory } from './paths/memory.ts';
import { measureNodes } from './paths/nodes.ts';
import { measureOneAtATime, measureOpening } from './paths/opening.ts';
import { measureReading } from './paths/reading.ts';
import { measureTokens } from './paths/tokens.ts';
import { page, type Row, short, table } from './report.ts';
import { ROOT } from './stage/program.ts';
import { type Stage, setStage } from './stage/stage.ts';

/** What is measured, in this order. */
const parts: Readonly<Record<string, (stage: Stage) => Promise<Row[]>>> = {
  open: measureOpening,
  lone: async (stage) => [...(await measureOneAtATime(stage)), ...(await measureLoneOpening(stage))],
  burst: measureBurst,
  read: measureReading,
  tokens: measureTokens,
  nodes: measureNodes,
  events: measureEvents,
  history: measureHistory,
  memory: measureMemory,
};

const options = readOptions(process.argv.slice(2));
const names = Object.keys(parts);
const unknown = options.parts.find((name) => !names.includes(name));
if (options.help || unknown !== undefined) {
  console.log(
    `${unknown === undefined ? '' : `There is no part ${unknown}.\n\n`}${USAGE}\n\nParts: ${names.join(' ')}`,
  );
  process.exit(unknown === undefined ? 0 : 2);
}
requireWrk();
const whole = options.parts.length === 0;
if (whole)
  console.log(
    `This takes about ${options.scale.minutes} minutes; the machine should have nothing else to do.`,
  );

const rows = await measureAll(whole ? names : options.parts);
console.log(`\n${machine()}\n\n${table(rows)}`);
const file = options.write ?? (whole && options.publishes ? join(ROOT, 'docs/performance.md') : undefined);
if (file !== undefined) writeFileSync(file, page(rows, machine()));

async function measureAll(chosen: readonly string[]): Promise<Row[]> {
  await using stage = await setStage(options);
  const measured: Row[] = [];
  for (const name of chosen) {
    const began = performance.now();
    measured.push(...((await parts[name]?.(stage)) ?? []));
    console.log(`${name}: ${short((performance.now() - began) / 1000)} s`);
  }
  return measured;
}

/** In one line. */
function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1e9);
  return `Measured on ${cpus().length} cores (${cpu?.model.trim()}), ${memory} GB, ${process.platform} ${release()}, Node.js ${process.versions.node}.`;
}

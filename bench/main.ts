import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type BenchEnvironment, createEnvironment } from './environment/environment.ts';
import { ROOT } from './environment/program.ts';
import { requirePhones } from './environment/require-phones.ts';
import { requireWrk } from './load.ts';
import { readOptions, USAGE } from './options.ts';
import { measureBurst } from './paths/burst.ts';
import { measureCalls } from './paths/calls.ts';
import { measureGrowth } from './paths/growth.ts';
import { measureHistory } from './paths/history.ts';
import { measureMemory } from './paths/memory.ts';
import { measureNodes } from './paths/nodes.ts';
import { measureOpen } from './paths/open-calls.ts';
import { measureSingleOpen } from './paths/single-open.ts';
import { measureSip, measureSipRates } from './paths/sip.ts';
import { measureStreams } from './paths/streams.ts';
import { measureTokens } from './paths/tokens.ts';
import { measureWebhooks } from './paths/webhooks.ts';
import { formatNumber, type Row, renderPage, renderTable } from './report.ts';

/** The parts of the benchmark, in order. */
const parts: Readonly<Record<string, (environment: BenchEnvironment) => Promise<Row[]>>> = {
  calls: measureCalls,
  open: measureOpen,
  single: measureSingleOpen,
  burst: measureBurst,
  tokens: measureTokens,
  nodes: measureNodes,
  webhooks: measureWebhooks,
  streams: measureStreams,
  growth: measureGrowth,
  history: measureHistory,
  memory: measureMemory,
  sip: measureSip,
  'sip-rates': measureSipRates,
};

const options = readOptions(process.argv.slice(2));
const names = Object.keys(parts);
const unknown = options.parts.find((name) => !names.includes(name));
if (options.help || unknown !== undefined) {
  console.log(
    `${unknown === undefined ? '' : `Unknown part: ${unknown}.\n\n`}${USAGE}\n\nParts: ${names.join(' ')}`,
  );
  process.exit(unknown === undefined ? 0 : 2);
}
requireWrk();
const allParts = options.parts.length === 0;
const selected = allParts ? names : options.parts;
if (selected.some((part) => part.startsWith('sip'))) await requirePhones();
if (allParts)
  console.log(`This takes about ${options.scale.minutes} minutes. Nothing else should run on this machine.`);

const rows = await measureAll(selected);
console.log(`\n${describeMachine()}\n\n${renderTable(rows)}`);
const file = options.write ?? (allParts && options.publishes ? join(ROOT, 'docs/performance.md') : undefined);
if (file !== undefined) writeFileSync(file, renderPage(rows, describeMachine()));

async function measureAll(selected: readonly string[]): Promise<Row[]> {
  await using environment = await createEnvironment(options);
  const measured: Row[] = [];
  for (const name of selected) {
    const startedAt = performance.now();
    measured.push(...((await parts[name]?.(environment)) ?? []));
    console.log(`${name}: ${formatNumber((performance.now() - startedAt) / 1000)} s`);
  }
  return measured;
}

/** Describes the machine in one line. */
function describeMachine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1e9);
  return `Measured on ${cpus().length} cores (${cpu?.model.trim()}), ${memory} GB, ${process.platform} ${release()}, Node.js ${process.versions.node}.`;
}

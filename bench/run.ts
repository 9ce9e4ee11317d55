/**
 * `npm run bench`: ns per pool-step, forward and forward + gradient, and ratios between targets, all in one run.
 *
 * Every figure is the least of several runs (other work on the machine only adds). Options: --json, --quick (a tenth of
 * the minutes), --threads N, --only NAME.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { reference } from '../src/targets/reference/index.js';
import type { Target } from '../src/targets/target.js';
import { wasm } from '../src/targets/wasm/index.js';
import { type BenchCase, cases } from './cases.js';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    only: { type: 'string' },
  },
});

export interface BenchRow {
  name: string;
  target: string;
  threads: number;
  lanes: number;
  minutes: number;
  compileSeconds: number;
  forwardSeconds: number;
  gradientSeconds: number;
  forwardNs: number;
  gradientNs: number;
}

function leastSeconds(run: () => void, budget: number): number {
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * budget;
  for (let i = 0; i < 3 || (performance.now() < end && i < 50); i++) {
    const start = performance.now();
    run();
    least = Math.min(least, (performance.now() - start) / 1000);
  }
  return least;
}

function measure(c: BenchCase, target: Target, threads: number, scale: number): BenchRow {
  const minutes = Math.round(c.minutes * scale);
  const { rollout, raw, windows } = c.build(target, threads, minutes);
  const start = performance.now();
  rollout.gradient(raw, windows.slice(0, 1), Math.min(minutes, 2881));
  const compileSeconds = (performance.now() - start) / 1000;
  const budget = target.name === 'reference' ? 0.5 : 2;
  const forwardSeconds = leastSeconds(() => rollout.value(raw, windows, minutes), budget);
  const gradientSeconds = leastSeconds(() => rollout.gradient(raw, windows, minutes), budget);
  rollout.dispose();
  const steps = c.sets * c.windows * minutes;
  return {
    name: c.name,
    target: target.name,
    threads,
    lanes: c.sets * c.windows,
    minutes,
    compileSeconds,
    forwardSeconds,
    gradientSeconds,
    forwardNs: (forwardSeconds * 1e9) / steps,
    gradientNs: (gradientSeconds * 1e9) / steps,
  };
}

const threads = Number(flags.threads);
const scale = flags.quick ? 0.1 : 1;
const rows: BenchRow[] = [];
const log = (text: string) => {
  if (!flags.json) console.log(text);
};
log(`node ${process.version}, ${cpus()[0]?.model ?? 'cpu'}, ${availableParallelism()} cores, float64`);
log(
  'case                                      target     threads   compile s   value s   + gradient s   ns/step  + gradient',
);
for (const c of cases.filter((x) => flags.only === undefined || x.name.includes(flags.only))) {
  for (const [target, n, s] of [
    [wasm, threads, scale],
    [wasm, 1, scale],
    [reference, 1, scale * 0.05],
  ] as const) {
    const row = measure(c, target, n, s);
    rows.push(row);
    log(
      `${c.name.padEnd(42)}${row.target.padEnd(11)}${String(n).padEnd(10)}${row.compileSeconds.toFixed(3).padStart(9)}` +
        `${row.forwardSeconds.toFixed(4).padStart(10)}${row.gradientSeconds.toFixed(4).padStart(15)}` +
        `${row.forwardNs.toFixed(2).padStart(10)}${row.gradientNs.toFixed(2).padStart(12)}`,
    );
  }
  const [many, one, plain] = rows.slice(-3);
  log(
    `  ratios, + gradient: ${(one.gradientNs / many.gradientNs).toFixed(2)}× by threads, reference/wasm ${(plain.gradientNs / one.gradientNs).toFixed(2)}× on one thread`,
  );
}
if (flags.json) console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rows }, null, 2));
process.exit(0);

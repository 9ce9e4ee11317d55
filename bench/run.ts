/**
 * `npm run bench`: ns per step of a lane, forward and forward + gradient, and ratios between targets, all in one run.
 *
 * Every figure is the least of several runs: other work on the machine only adds. The reference is given a twentieth of
 * the minutes.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { PRECISIONS } from '../src/config/device-words.js';
import { compilerVersion, createNativeTarget } from '../src/targets/native/index.js';
import { reference } from '../src/targets/reference/index.js';
import type { Target } from '../src/targets/target.js';
import { wasm } from '../src/targets/wasm/index.js';
import { cases, drawn, leastSeconds, processorTime, type Timed, wallTime } from './cases.js';
import { MACHINES } from './floor.js';
import { type Asked, floors, instructions, onDevice } from './on-device.js';
import { routerRows } from './router.js';
import { type BesideHand, besideHand, besideHandText, byHandOf } from './yardstick.js';

const HELP = `npm run bench -- [options]
  --only <text>    cases whose name contains this; router: quotes over venues alone
  --threads <n>    threads of the wasm and native targets (default 2, or the machine's cores)
  --quick          a tenth of the minutes
  --cpu            processor time, of all threads: on a machine with other work, time on the wall says nothing
  --json           one JSON document instead of the table
other tables:
  --device <name>  pool-steps a second on this device, such as cuda, and its share of the floor, by the number of lanes;
                   webgpu: beside wasm, and on a software device few lanes over two days
  --floor <gpu>    the floor beforehand, without a GPU: ${Object.keys(MACHINES).join(', ')}
  --sass <arch>    what ptxas makes of the kernels, for an architecture such as sm_90, as they are and fused
  --yardstick <folder>  cases beside hand-written code, whose run.sh is there: ns of processor time a step, one thread
with them:
  --lanes <n,n>    numbers of lanes (default 1000,10000,100000; on a software device 256)
  --precision <p>  float64 or float32
  --jax            with --device: a year of momentum beside the same in JAX, where python3 has it
  --apart          of the floor beforehand: sets of a warp are far apart, not neighbours
  --fuse           on cuda: let multiplications and additions be fused, which gives other bits than the CPU
  --block <n>      on cuda: threads of a block`;

const { values: flags } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    only: { type: 'string' },
    device: { type: 'string' },
    floor: { type: 'string' },
    apart: { type: 'boolean', default: false },
    sass: { type: 'string' },
    yardstick: { type: 'string' },
    precision: { type: 'string' },
    lanes: { type: 'string' },
    jax: { type: 'boolean', default: false },
    fuse: { type: 'boolean', default: false },
    block: { type: 'string' },
  },
});

if (flags.help) {
  console.log(HELP);
  process.exit(0);
}

/** The least a window of the daily Sharpe ratio needs: two days and the minute before them. */
const LEAST_MINUTES = 2881;

interface BenchRow {
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

function measure(c: Timed, target: Target, threads: number, scale: number): BenchRow {
  const minutes = Math.max(LEAST_MINUTES, Math.round(c.minutes * scale));
  const { rollout, raw, windows } = c.build(target, { threads }, minutes);
  const start = performance.now();
  rollout.gradient(raw, windows.slice(0, 1), LEAST_MINUTES);
  const compileSeconds = (performance.now() - start) / 1000;
  const budget = target.name === 'reference' ? 0.5 : 2;
  const forwardSeconds = leastSeconds(() => rollout.value(raw, windows, minutes), budget, seconds);
  const gradientSeconds = leastSeconds(() => rollout.gradient(raw, windows, minutes), budget, seconds);
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

const seconds = flags.cpu ? processorTime : wallTime;
const threads = Number(flags.threads);
const scale = flags.quick ? 0.1 : 1;
const rows: BenchRow[] = [];
const log = (text: string) => {
  if (!flags.json) console.log(text);
};
log(
  `node ${process.version}, ${cpus()[0]?.model ?? 'cpu'}, ${availableParallelism()} cores${flags.cpu ? ', processor time' : ''}`,
);
/** Compiled before it is timed; absent where there is no compiler. */
const native = compilerVersion() === null ? [] : [createNativeTarget('now')];
const isChosen = (c: Timed) => flags.only === undefined || c.name.includes(flags.only);
const chosen = cases.filter(isChosen);

function fail(message: string, code: number): never {
  console.error(`error: ${message}`);
  process.exit(code);
}

/** What the tables of a GPU are asked for. */
function askedOf(): Asked {
  const precision = PRECISIONS.find((p) => p === flags.precision);
  if (precision !== flags.precision)
    fail(`--precision: expected ${PRECISIONS.join(' or ')}, got '${flags.precision}'`, 2);
  const lanes = (flags.lanes ?? '1000,10000,100000').split(',').map(Number);
  if (!lanes.every((n) => Number.isInteger(n) && n > 0))
    fail(`--lanes: expected positive integers, got '${flags.lanes}'`, 2);
  return {
    cases: chosen,
    lanes,
    fewLanes: flags.lanes === undefined ? [256] : lanes,
    minutes: (c) => Math.max(LEAST_MINUTES, Math.round(c.minutes * scale)),
    precision,
    threads,
    log,
  };
}

/** Wasm, and native code where there is a compiler, beside what the folder has, written by hand. */
function yardstick(folder: string): BesideHand[] {
  const byHand = failing(() => byHandOf(folder));
  const found = [wasm, ...native].flatMap((target) => besideHand(chosen, target, byHand));
  if (found.length === 0) fail(`--yardstick: none of the cases asked for is in ${folder}; leave --only out`, 2);
  for (const row of found) log(besideHandText(row));
  return found;
}

function failing<T>(of: () => T): T {
  try {
    return of();
  } catch (error) {
    return fail((error as Error).message, 1);
  }
}

function print(document: object): never {
  if (flags.json) console.log(JSON.stringify({ node: process.version, ...document }, null, 2));
  process.exit(0);
}

if (flags.sass !== undefined) print({ architecture: flags.sass, rows: instructions(flags.sass, askedOf()) });
if (flags.floor !== undefined) {
  if (MACHINES[flags.floor] === undefined)
    fail(`--floor: expected one of ${Object.keys(MACHINES).join(', ')}, got '${flags.floor}'`, 2);
  print({ machine: MACHINES[flags.floor], rows: floors(flags.floor, flags.apart, askedOf()) });
}
if (flags.yardstick !== undefined) print({ rows: yardstick(flags.yardstick) });
if (flags.device !== undefined) {
  const tuning = {
    ...(flags.fuse ? { fuse: true } : {}),
    ...(flags.block === undefined ? {} : { block: Number(flags.block) }),
  };
  if (Object.keys(tuning).length > 0 && !flags.device.startsWith('cuda'))
    fail(`--fuse, --block: expected with --device cuda, got ${flags.device}`, 2);
  const asked = askedOf();
  const found = await onDevice(flags.device, asked, { tuning, jax: flags.jax }).catch((error: Error) =>
    fail(error.message, 1),
  );
  print({ ...found, precision: asked.precision, tuning });
}

const latency = await routerRows(flags.only, flags.quick, log);

log(
  'case                                      target     threads   compile s   value s   + gradient s   ns/step  + gradient',
);

for (const c of [...chosen, ...drawn.filter(isChosen)]) {
  const runs: readonly (readonly [Target, number, number])[] = [
    [wasm, threads, scale],
    [wasm, 1, scale],
    ...native.map((target) => [target, 1, scale] as const),
    [reference, 1, scale * 0.05],
  ];
  for (const [target, n, s] of runs) {
    const row = measure(c, target, n, s);
    rows.push(row);
    log(
      `${c.name.padEnd(42)}${row.target.padEnd(11)}${String(n).padEnd(10)}${row.compileSeconds.toFixed(3).padStart(9)}` +
        `${row.forwardSeconds.toFixed(4).padStart(10)}${row.gradientSeconds.toFixed(4).padStart(15)}` +
        `${row.forwardNs.toFixed(2).padStart(10)}${row.gradientNs.toFixed(2).padStart(12)}`,
    );
  }
  const [many, one, ...others] = rows.slice(-runs.length);
  const besides = others.map(({ target, gradientNs }) =>
    target === 'native'
      ? `wasm/native ${(one.gradientNs / gradientNs).toFixed(2)}×`
      : `reference/wasm ${(gradientNs / one.gradientNs).toFixed(2)}×`,
  );
  log(
    `  ratios, + gradient: ${(one.gradientNs / many.gradientNs).toFixed(2)}× by threads, ${besides.join(', ')} on one thread`,
  );
}
const byAssets = (two: string, eight: string) => {
  const [a, b] = [two, eight].map((name) => rows.find((r) => r.name.startsWith(name) && r.target === 'wasm'));
  if (a !== undefined && b !== undefined)
    log(`${eight} / ${two}: ${(b.gradientNs / a.gradientNs).toFixed(1)}×, + gradient`);
};
byAssets("(a')", "(a'8)");
byAssets('(b)', '(b8)');
const byRule = rows.filter((r) => r.name.startsWith('(r)') && r.target === 'wasm' && r.threads === 1);
const [m] = byRule;
for (const r of byRule.slice(1)) {
  const [value, gradient] = [r.forwardNs / m.forwardNs, r.gradientNs / m.gradientNs];
  log(`${r.name} / ${m.name}: ${value.toFixed(2)}× value, ${gradient.toFixed(2)}× + gradient, on one thread`);
}
if (flags.json) console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rows, latency }, null, 2));
process.exit(0);

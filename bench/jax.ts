/** `npm run bench -- --device cuda --jax`: the same pool in JAX (jax/scan.py) in the same run, on the same input. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../src/targets/target.js';
import { leastSeconds, yearOfMomentum } from './cases.js';

/** Where scan.py lies: beside the sources, of which this file may be the compiled copy. */
const SCRIPT = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? 'jax/scan.py' : '../../bench/jax/scan.py', import.meta.url),
);

/** Why Python cannot import a module; null where it can. */
export function missingModule(module: 'jax' | 'numpy'): string | null {
  const { error, status, stderr } = spawnSync('python3', ['-c', `import ${module}`], { encoding: 'utf8' });
  if (error !== undefined) return `python3: ${error.message}`;
  return status === 0 ? null : (stderr.trim().split('\n').at(-1) ?? `python3 has no ${module}`);
}

/** What scan.py prints. */
export interface ScanFound {
  readonly sets: number;
  readonly minutes: number;
  readonly scores: readonly number[];
  /** In JAX. */
  readonly jax?: string;
  readonly device?: string;
  /** Pool-steps a second. */
  readonly forward?: number;
  readonly gradient?: number;
  readonly compileSeconds?: readonly number[];
  readonly firstGradient?: readonly number[];
}

export interface ScanInput {
  /** [rows][assets] */
  readonly prices: Float64Array;
  readonly assets: number;
  /** [columns][sets] */
  readonly raw: Float64Array;
  readonly sets: number;
  readonly first: number;
  readonly minutes: number;
}

/** Runs scan.py. Throws what Python says where it fails. */
export function runScan(input: ScanInput, numpy = false): ScanFound {
  if (endianness() !== 'LE') throw new Error('scan.py: files are little-endian, and so should be this machine');
  const folder = mkdtempSync(join(tmpdir(), 'poolgrad-jax-'));
  try {
    const file = (name: string, values: Float64Array) => {
      const path = join(folder, name);
      writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return path;
    };
    const numbers = { sets: input.sets, minutes: input.minutes, first: input.first, assets: input.assets };
    const words = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const files = ['--prices', file('prices', input.prices), '--raw', file('raw', input.raw)];
    const { error, status, stdout, stderr } = spawnSync(
      'python3',
      [SCRIPT, ...words, ...files, ...(numpy ? ['--numpy'] : [])],
      { encoding: 'utf8', maxBuffer: 2 ** 30 },
    );
    if (error !== undefined || status !== 0) throw new Error(`scan.py: ${error?.message ?? stderr}`);
    return JSON.parse(stdout) as ScanFound;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Days and minutes of the comparison: JAX's pace does not depend on them. */
const MINUTES = 14 * 1440 + 1;
const PARAMETERS = ['tfmm.initialWeights', 'tfmm.fee', 'momentum.memoryDays', 'momentum.k'];

/** The pool, and the input of scan.py that is the same. */
export function scanCase(target: Target, sets: number, minutes: number, threads = 1) {
  const { rollout, raw, windows, data } = yearOfMomentum.build(target, { threads }, minutes, sets);
  const names = rollout.layout.entries.map((e) => e.name).join();
  if (names !== PARAMETERS.join()) throw new Error(`scan.py: it knows the parameters ${PARAMETERS}, not ${names}`);
  const assets = data.assets.length;
  const input: ScanInput = { prices: data.prices, assets, raw, sets, first: windows[0], minutes };
  return { rollout, windows, input };
}

export interface JaxRow {
  readonly sets: number;
  readonly minutes: number;
  readonly jax: Omit<ScanFound, 'scores'>;
  /** Pool-steps a second here. */
  readonly forward: number;
  readonly gradient: number;
  /** The largest difference of a score, and of an entry of the first set's gradient relative to its largest. */
  readonly scoreDifference: number;
  readonly gradientDifference: number;
}

const BUDGET = 1;

/** The case on a target and in JAX, one after the other. */
export function besideJax(target: Target, sets: number, threads: number): JaxRow {
  const { rollout, windows, input } = scanCase(target, sets, MINUTES, threads);
  const steps = sets * MINUTES;
  const { objective, gradient: slopes } = rollout.gradient(input.raw, windows, MINUTES);
  const forward = steps / leastSeconds(() => rollout.value(input.raw, windows, MINUTES), BUDGET);
  const gradient = steps / leastSeconds(() => rollout.gradient(input.raw, windows, MINUTES), BUDGET);
  // what the device's memory holds is JAX's now
  rollout.dispose();
  const { scores, ...jax } = runScan(input);
  const mine = (jax.firstGradient ?? []).map((_, column) => slopes[column * sets]);
  const largest = Math.max(...mine.map(Math.abs));
  const scoreDifference = objective.reduce((most, x, s) => Math.max(most, Math.abs(x - scores[s])), 0);
  const differences = (jax.firstGradient ?? []).map((g, i) => Math.abs(g - mine[i]) / largest);
  return {
    sets,
    minutes: MINUTES,
    jax,
    forward,
    gradient,
    scoreDifference,
    gradientDifference: Math.max(...differences),
  };
}

const giga = (x = Number.NaN) => `${(x / 1e9).toPrecision(4)} G/s`;

export const besideText = ({ sets, minutes, jax, ...here }: JaxRow): string =>
  [
    `beside JAX ${jax.jax} on ${jax.device}: ${sets} sets × ${minutes} minutes, momentum, 3 assets, 30 bps:`,
    `  forward ${giga(here.forward)} to ${giga(jax.forward)}: ${(here.forward / (jax.forward ?? 0)).toPrecision(3)}×; + gradient ${giga(here.gradient)} to ${giga(jax.gradient)}: ${(here.gradient / (jax.gradient ?? 0)).toPrecision(3)}×`,
    `  scores differ by ${here.scoreDifference.toExponential(1)} at most, the first gradient by ${here.gradientDifference.toExponential(1)} of its largest entry`,
  ].join('\n');

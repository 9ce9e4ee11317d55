/**
 * `npm run bench -- --device cuda`: pool-steps a second on one device by the number of lanes, and what its kernels need.
 *
 * The time of a step is that of the whole call, copies and host work included; `kernels` is the share of it that the
 * device's clock saw them run.
 */
import type { RolloutOptions } from '../src/rollout/rollout.js';
import type { CudaExecutable, DeviceReport } from '../src/targets/cuda/index.js';
import type { Executable, Target } from '../src/targets/target.js';
import { type BenchCase, leastSeconds } from './cases.js';

export interface LanesRow {
  readonly name: string;
  readonly lanes: number;
  readonly minutes: number;
  /** Pool-steps a second. */
  readonly forward: number;
  readonly gradient: number;
  /** Of the last gradient, by kernel and device; empty where the target tells none. */
  readonly reports: readonly DeviceReport[];
}

/** Seconds that a figure may be measured for, beyond the three runs that it takes at least. */
const BUDGET = 1;

const isCuda = (e: Executable): e is CudaExecutable => 'report' in e;

export function measureByLanes(
  c: BenchCase,
  target: Target,
  options: RolloutOptions,
  lanes: number,
  minutes: number,
): LanesRow {
  const executables: Executable[] = [];
  const recorded: Target = {
    ...target,
    compile(program, options) {
      const made = target.compile(program, options);
      executables.push(made);
      return made;
    },
  };
  const sets = Math.max(1, Math.round(lanes / c.windows));
  const { rollout, raw, windows } = c.build(recorded, options, minutes, sets);
  const steps = sets * c.windows * minutes;
  const forward = steps / leastSeconds(() => rollout.value(raw, windows, minutes), BUDGET);
  const gradient = steps / leastSeconds(() => rollout.gradient(raw, windows, minutes), BUDGET);
  const reports = executables.filter(isCuda).flatMap((e) => e.report());
  rollout.dispose();
  return { name: c.name, lanes: sets * c.windows, minutes, forward, gradient, reports };
}

const billions = (x: number) => `${(x / 1e9).toPrecision(4)} G/s`;
const megabytes = (x: number) => `${(x / 1e6).toPrecision(3)} MB`;

export function describe(row: LanesRow): string {
  const { name, lanes, minutes, forward, gradient, reports } = row;
  const head = `${name}: ${lanes} lanes × ${minutes} minutes: forward ${billions(forward)}, + gradient ${billions(gradient)}`;
  const kernels = reports.map(
    (r) =>
      `  ${r.launches} launches, ${r.kernels.toFixed(1)} ms, ${r.registers} registers, ${r.localBytes} bytes spilt, ${megabytes(r.bytesIn)} in, ${megabytes(r.bytesOut)} out`,
  );
  return [head, ...kernels].join('\n');
}

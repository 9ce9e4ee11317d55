/**
 * `npm run bench -- --device cuda` or `webgpu`: pool-steps a second on one device by the number of lanes, what its kernels need, and
 * what share of the floor (floor.ts) that is.
 *
 * The time of a step is that of the whole call, copies and host work included; `kernels` is the share of it that the
 * device's clock saw them run.
 */
import type { PoolRolloutOptions } from '../src/pools/rollout.js';
import type { CudaExecutable, DeviceReport } from '../src/targets/cuda/index.js';
import { withTurns } from '../src/targets/resumable.js';
import type { Executable, Target } from '../src/targets/target.js';
import { type BenchCase, leastSecondsLater } from './cases.js';
import type { Machine } from './floor.js';
import { BOUNDS, type CallFloor, type Prediction, predict } from './predict.js';

export interface LanesRow {
  readonly name: string;
  readonly lanes: number;
  readonly minutes: number;
  /** Pool-steps a second. */
  readonly forward: number;
  readonly gradient: number;
  /** Seconds of the first forward run and the first gradient, in which kernels are compiled. */
  readonly first: number;
  /** Of the last gradient, by kernel and device; empty where the target tells none. */
  readonly reports: readonly DeviceReport[];
  /** What was computed beforehand; null where the machine's rates are not known. */
  readonly floor: Prediction | null;
}

/** Seconds that a figure may be measured for, beyond the three runs that it takes at least. */
const BUDGET = 1;

const isCuda = (e: Executable): e is CudaExecutable => 'report' in e;

export async function measureByLanes(
  c: BenchCase,
  target: Target,
  options: PoolRolloutOptions,
  lanes: number,
  minutes: number,
  machine: Machine | null = null,
): Promise<LanesRow> {
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
  const { precision } = options;
  const floor = machine && predict(c, { machine, lanes: sets * c.windows, minutes, precision });
  const { rollout, raw, windows } = c.build(recorded, options, minutes, sets);
  const steps = sets * c.windows * minutes;
  const { resumable } = rollout;
  const value = await leastSecondsLater(() => withTurns(resumable.value(raw, windows, minutes)), BUDGET);
  const both = await leastSecondsLater(() => withTurns(resumable.gradient(raw, windows, minutes)), BUDGET);
  const reports = executables.filter(isCuda).flatMap((e) => e.report());
  rollout.dispose();
  const first = value.first + both.first;
  return {
    ...{ name: c.name, lanes: sets * c.windows, minutes },
    ...{ forward: steps / value.least, gradient: steps / both.least, first, reports, floor },
  };
}

const billions = (x: number) => `${(x / 1e9).toPrecision(4)} G/s`;
const megabytes = (x: number) => `${(x / 1e6).toPrecision(3)} MB`;

const share = (name: string, measured: number, { best, bound }: CallFloor) =>
  `${name} ${((100 * measured) / best).toPrecision(3)} % of ${billions(best)} (${BOUNDS[bound]})`;

/** Two devices in one run, at the same lanes. */
export function besideText(row: LanesRow, name: string, other: LanesRow): string {
  const part = (x: number, y: number) => `${millions(x)} (${name} ${millions(y)}, ${Number((x / y).toPrecision(2))}×)`;
  return `${row.name}: ${row.lanes} lanes × ${row.minutes} minutes: forward ${part(row.forward, other.forward)}, + gradient ${part(row.gradient, other.gradient)}; first runs ${row.first.toFixed(1)} s (${other.first.toFixed(1)} s)`;
}

const millions = (x: number) => `${Number((x / 1e6).toPrecision(3))} M/s`;

export function describe(row: LanesRow): string {
  const { name, lanes, minutes, forward, gradient, reports, floor } = row;
  const head = `${name}: ${lanes} lanes × ${minutes} minutes: forward ${billions(forward)}, + gradient ${billions(gradient)}; first runs ${row.first.toFixed(1)} s`;
  const kernels = reports.map(
    (r) =>
      `  ${r.launches} launches, ${r.kernels.toFixed(1)} ms, ${r.registers} registers, ${r.localBytes} bytes spilt, ${megabytes(r.bytesIn)} in, ${megabytes(r.bytesOut)} out`,
  );
  if (floor === null) return [head, ...kernels].join('\n');
  const of = `${share('forward', forward, floor.forward)}, ${share('+ gradient', gradient, floor.gradient)}`;
  return [head, `  of the floor: ${of}`, ...kernels].join('\n');
}

/**
 * `npm run bench -- --device cuda`, `--floor h200` and `--sass sm_90`: what a GPU does, could do at best, and is told to do.
 * The last two need no GPU.
 */
import { openTarget } from '../src/config/device.js';
import { trustedWebgpu } from '../src/config/weigh.js';
import { UserError } from '../src/errors.js';
import { lower, type Precision, schedule } from '../src/graph/index.js';
import { createCudaTarget, type DeviceWord, examineDevices } from '../src/targets/cuda/index.js';
import { kernelOf, type Tuning } from '../src/targets/cuda/ptx.js';
import { createNativeTarget } from '../src/targets/native/index.js';
import { precisionOf } from '../src/targets/precision.js';
import type { Target } from '../src/targets/target.js';
import { wasm } from '../src/targets/wasm/index.js';
import { besideText, describe, type LanesRow, measureByLanes } from './by-lanes.js';
import type { BenchCase } from './cases.js';
import { issued, onceOf } from './counts.js';
import { MACHINES, machineOf } from './floor.js';
import { besideJax, besideText as besideJaxText, type JaxRow, missingModule } from './jax.js';
import { type Prediction, predict, predictionText } from './predict.js';
import { type Assembled, assemble } from './sass.js';
import { countingTarget } from './warp.js';

export interface Asked {
  readonly cases: readonly BenchCase[];
  readonly lanes: readonly number[];
  /** Lanes where a CPU does a GPU's work. */
  readonly fewLanes: readonly number[];
  /** Of a case's. */
  readonly minutes: (c: BenchCase) => number;
  readonly precision: Precision | undefined;
  /** Of targets that have them. */
  readonly threads: number;
  readonly log: (text: string) => void;
}

/** Throws a UserError where the device is not there. */
export async function onDevice(
  device: string,
  asked: Asked,
  { tuning, jax }: { readonly tuning: Tuning; readonly jax: boolean },
): Promise<{ readonly device: string; readonly rows: readonly LanesRow[]; readonly besideJax: readonly JaxRow[] }> {
  if (device === 'webgpu') return besideWasm(asked);
  const { target, why } = await opened(device, asked.precision, tuning);
  const tuned = Object.entries(tuning).map(([name, value]) => `, ${name} ${value}`);
  asked.log(`${why}${asked.precision === undefined ? '' : `, in ${asked.precision}`}${tuned.join('')}`);
  const machine = device.startsWith('cuda') ? machineOf(examineDevices(device as DeviceWord)) : null;
  const rows: LanesRow[] = [];
  for (const c of asked.cases) {
    for (const lanes of asked.lanes) {
      const { precision, threads } = asked;
      const row = await measureByLanes(c, target, { precision, threads }, lanes, asked.minutes(c), machine);
      rows.push(row);
      asked.log(describe(row));
    }
  }
  return { device: why, rows, besideJax: jax ? withJax(target, asked) : [] };
}

/** The shortest window that has a Sharpe ratio: what a software device has the time for. */
const FEW_MINUTES = 2881;

/** webgpu, which has float32, and wasm, which has float64, in one run. */
async function besideWasm({ cases, lanes, fewLanes, minutes, precision, threads, log }: Asked) {
  const { target, why } = await trustedWebgpu();
  if (target === null) throw new UserError(`--device webgpu is not available: ${why}`);
  precisionOf(target, precision);
  const { isSoftware } = target.adapter;
  log(`webgpu: ${why}, in float32; beside wasm in float64, ${threads} threads`);
  if (isSoftware) log('a software device: this shows that the target works, not how fast a GPU is');
  const rows: (LanesRow & { readonly wasm: LanesRow })[] = [];
  for (const c of cases) {
    for (const count of isSoftware ? fewLanes : lanes) {
      const length = isSoftware ? FEW_MINUTES : minutes(c);
      const row = await measureByLanes(c, target, {}, count, length);
      const other = await measureByLanes(c, wasm, { threads }, count, length);
      rows.push({ ...row, wasm: other });
      log(besideText(row, 'wasm', other));
    }
  }
  return { device: why, isSoftware, rows, besideJax: [] };
}

/** The year's pool beside JAX; where Python has none, a word of it and nothing else. */
function withJax(target: Target, { lanes, threads, log }: Asked): JaxRow[] {
  const missing = missingModule('jax');
  if (missing !== null) log(`not compared with JAX: ${missing}`);
  return (missing === null ? lanes : []).map((sets) => {
    const row = besideJax(target, sets, threads);
    log(besideJaxText(row));
    return row;
  });
}

/** The device's target, with native programs compiled before they are timed; a tuned one is no user's, nor does it pass the self-test where it fuses. */
async function opened(
  device: string,
  precision: Precision | undefined,
  tuning: Tuning,
): Promise<{ readonly target: Target; readonly why: string }> {
  const known = await openTarget(device, 1, precision);
  if (device === 'native') return { ...known, target: createNativeTarget('now') };
  if (Object.keys(tuning).length === 0) return known;
  return { target: createCudaTarget(device as DeviceWord, tuning), why: known.why };
}

/** What a machine could do at best. */
export function floors(machine: string, apart: boolean, asked: Asked): Prediction[] {
  return asked.cases.flatMap((c) =>
    asked.lanes.map((lanes) => {
      const { precision } = asked;
      const found = predict(c, { machine: MACHINES[machine], lanes, minutes: asked.minutes(c), precision, apart });
      asked.log(predictionText(found));
      return found;
    }),
  );
}

export interface KernelRow extends Assembled {
  readonly name: string;
  readonly call: 'forward' | '+ gradient';
  readonly program: string;
  readonly fuse: boolean;
  /** What the floor counts of its text. */
  readonly counted: number;
}

/** A window long enough for every program to be compiled. */
const MINUTES = 2881;

/** What ptxas makes of the kernels of a case, with roundings as they are and fused. */
export function instructions(architecture: string, { cases, precision, log }: Asked): KernelRow[] {
  const rows: KernelRow[] = [];
  for (const c of cases) {
    for (const call of ['forward', '+ gradient'] as const) {
      const target = countingTarget();
      const { rollout, raw, windows } = c.build(target, { precision }, MINUTES, 1);
      rollout[call === 'forward' ? 'value' : 'gradient'](raw, windows.slice(0, 1), MINUTES);
      rollout.dispose();
      // a gradient's rule runs forward as it did before
      const programs = target.programs.filter((_, i) => call === 'forward' || i > 0 || target.programs.length === 1);
      for (const p of programs) {
        const { program } = p;
        const counted = issued(onceOf(p));
        for (const fuse of [false, true]) {
          const plan = schedule(lower(program, precision));
          const { text } = kernelOf(plan, { arch: 'sm_75', precision, fuse });
          const made = assemble(text, architecture);
          const row = { name: c.name, call, program: program.name, fuse, counted, ...made };
          rows.push(row);
          log(kernelText(row));
        }
      }
    }
  }
  return rows;
}

function kernelText(r: KernelRow): string {
  const all = Object.values(r.instructions).reduce((a, b) => a + b);
  const units = Object.entries(r.instructions).map(([unit, n]) => `${n} ${unit}`);
  const head = `${r.name}, ${r.call}, ${r.program}${r.fuse ? ', fused' : ''}`;
  return `${head}: ${r.registers} registers, spills of ${r.spillStores} and ${r.spillLoads} bytes, ${all} instructions (the floor counts ${r.counted}): ${units.join(', ')}; ${r.fused} fused, ${r.calls} calls`;
}

/**
 * The floor of a case of the bench on a machine, computed beforehand: counts of a sample of its lanes over some days, for
 * as many lanes and minutes as the bench runs.
 */
import type { Precision } from '../src/graph/index.js';
import { TAPE_SHARE } from '../src/targets/cuda/index.js';
import { WARP } from '../src/targets/slices.js';
import type { BenchCase } from './cases.js';
import { issued, lanesTakingPart, NO_SLOTS, type Slots, slotsOf } from './counts.js';
import { type Bound, type Floor, floorOf, type Machine } from './floor.js';
import { type Counted, countingTarget } from './warp.js';

/** A call of a roll-out: what its programs need. */
export interface CallFloor {
  /** Of a pool-step: a minute of a lane. The rule's part is spread over its minutes. */
  readonly slots: Slots;
  /** Pool-steps a second at best. */
  readonly best: number;
  /** What bounds the program that takes longest. */
  readonly bound: Bound;
  /** Of 32 lanes, those that an instruction is of use to. */
  readonly takingPart: number;
}

export interface Prediction {
  readonly name: string;
  readonly machine: string;
  readonly lanes: number;
  readonly minutes: number;
  readonly forward: CallFloor;
  readonly gradient: CallFloor;
}

/** Warps of the sample: from the beginning, the middle and the end of the sets. */
const WARPS = 3;
const DAY = 1440;
/** Days of a sample: the first leg rests. */
const DAYS = 5;

export interface Question {
  readonly machine: Machine;
  readonly lanes: number;
  readonly minutes: number;
  readonly precision?: Precision;
  /** Minutes of the sample. */
  readonly sample?: number;
  /** Whether the sets of a warp are not neighbours, as the bench has them, but far apart. */
  readonly apart?: boolean;
}

export function predict(c: BenchCase, question: Question): Prediction {
  const { machine, lanes, minutes } = question;
  const forward = callFloor(c, 'value', question);
  const gradient = callFloor(c, 'gradient', question);
  return { name: c.name, machine: machine.name, lanes, minutes, forward, gradient };
}

function callFloor(c: BenchCase, call: 'value' | 'gradient', q: Question): CallFloor {
  const { machine, lanes, minutes, precision } = q;
  const sample = Math.min(minutes, q.sample ?? DAYS * DAY + 1);
  const sets = Math.max(1, Math.round(lanes / c.windows));
  const chosen = sampleOf(sets, q.apart ?? false);
  let room = TAPE_SHARE * machine.memory;
  const target = countingTarget(() => room);
  const { rollout, raw, windows } = c.build(target, { precision }, sample, sets);
  // a sample keeps what the whole run has room to keep
  room = rollout.plan(sets, c.windows, minutes).strategy === 'storeAll' ? Number.POSITIVE_INFINITY : 0;
  const columns = raw.length / sets;
  const neighbours = new Float64Array(columns * chosen.length);
  for (let k = 0; k < columns; k++) {
    chosen.forEach((s, i) => {
      neighbours[k * chosen.length + i] = raw[k * sets + s];
    });
  }
  rollout[call](neighbours, windows.slice(0, 1), sample);
  const { chunkPeriod } = rollout.spec.settings;
  rollout.dispose();
  const later = minutes - sample + windows[windows.length - 1] - windows[0];
  /** Lanes and steps of a program in the run that the sample stands for. */
  const size = ({ clock }: Counted) =>
    clock.unit === 'steps'
      ? { lanes: sets * c.windows, steps: minutes }
      : { lanes: sets, steps: clock.steps + Math.floor(later / chunkPeriod) };
  const poolSteps = sets * c.windows * minutes;
  const total: Record<keyof Slots, number> = { ...NO_SLOTS };
  const floors: Floor[] = [];
  for (const p of target.programs) {
    const slots = slotsOf(p);
    const run = size(p);
    for (const unit of Object.keys(total) as (keyof Slots)[]) {
      total[unit] += (slots[unit] * run.lanes * run.steps) / poolSteps;
    }
    floors.push(floorOf(slots, run.lanes, run.steps, machine));
  }
  const longest = floors.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  return {
    slots: total,
    best: poolSteps / floors.reduce((sum, f) => sum + f.seconds, 0),
    bound: longest.bound,
    takingPart: lanesTakingPart(target.programs),
  };
}

/** Sets for some warps: neighbours, as in the run, or in each warp sets from all of them. */
function sampleOf(sets: number, apart: boolean): number[] {
  const count = sets < WARPS * WARP ? Math.min(sets, WARP) : WARPS * WARP;
  const warps = Math.ceil(count / WARP);
  const first = (w: number) => (warps === 1 ? 0 : WARP * Math.floor(((sets / WARP - 1) * w) / (warps - 1)));
  return Array.from({ length: count }, (_, i) =>
    apart ? Math.floor(((i % WARP) * sets) / WARP) + Math.floor(i / WARP) : first(Math.floor(i / WARP)) + (i % WARP),
  );
}

/** What a floor is bound by, in words. */
export const BOUNDS: Readonly<Record<Bound, string>> = {
  double: 'double units',
  single: 'single units',
  special: 'special units',
  integer: 'integer units',
  issue: 'issue slots',
  bytes: 'memory',
};

const giga = (x: number) => `${(x / 1e9).toPrecision(3)} G/s`;
const figure = (x: number) => (x < 10 ? x.toPrecision(2) : x.toFixed(0));

function callText(name: string, { slots, best, bound, takingPart }: CallFloor): string {
  const units = (['double', 'single', 'special', 'integer'] as const).filter((u) => slots[u] >= 0.05);
  const counts = units.map((u) => `${figure(slots[u])} ${u}`).join(', ');
  return `  ${name} at best ${giga(best)}, bound by ${BOUNDS[bound]}: a pool-step has ${figure(issued(slots))} instructions (${counts}), ${figure(slots.bytes)} bytes, ${figure(slots.cached)} from caches; ${takingPart.toFixed(1)} of 32 lanes take part`;
}

export const predictionText = (p: Prediction): string =>
  [
    `${p.name}: ${p.lanes} lanes × ${p.minutes} minutes on ${p.machine}:`,
    callText('forward', p.forward),
    callText('+ gradient', p.gradient),
  ].join('\n');

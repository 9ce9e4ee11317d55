/**
 * The floor: the least time in which a GPU can execute what a program needs (counts.ts), whatever the order of its
 * instructions and however well they hide each other's latency.
 *
 *     seconds of a step = max over units (slots/(rate·clock·multiprocessors)), (bytes/bandwidth)
 *
 * Few lanes leave units idle: a warp stays on one scheduler, which has a quarter of its multiprocessor's units. Not in the
 * floor: latency, spills, moves, slow paths, launches, copies over the bus, a clock lowered by power or heat.
 */
import type { DeviceInfo } from '../src/targets/cuda/index.js';
import { WARP } from '../src/targets/slices.js';
import { issued, type Slots } from './counts.js';

export interface Machine {
  readonly name: string;
  /** Such as 90 for 9.0. */
  readonly capability: number;
  readonly multiprocessors: number;
  /** Hz. */
  readonly clock: number;
  /** Of the device's memory: bytes a second, and bytes. */
  readonly bandwidth: number;
  readonly memory: number;
}

/** What a floor can be bound by. */
export type Bound = 'double' | 'single' | 'special' | 'integer' | 'issue' | 'bytes';

/** Results a clock of a multiprocessor. */
type Rates = Readonly<Record<Exclude<Bound, 'bytes'>, number>>;

/** Schedulers of a multiprocessor, each of which issues one warp instruction, 32 results, a clock. */
const SCHEDULERS = 4;
const common = { special: 16, integer: 64, issue: SCHEDULERS * WARP };

/**
 * By compute capability: CUDA C++ Programming Guide, "Throughput of Native Arithmetic Instructions": additions of 64 and
 * of 32 bits; reciprocals and conversions of 64-bit types; comparisons.
 */
const RATES: Readonly<Record<number, Rates>> = {
  70: { ...common, double: 32, single: 64 },
  75: { ...common, double: 2, single: 64 },
  80: { ...common, double: 32, single: 64 },
  86: { ...common, double: 2, single: 128 },
  89: { ...common, double: 2, single: 128 },
  90: { ...common, double: 64, single: 128 },
};

/** By NVIDIA's data sheets (of the first three, the SXM modules): boost clock, bandwidth. */
export const MACHINES: Readonly<Record<string, Machine>> = {
  a100: { name: 'A100', capability: 80, multiprocessors: 108, clock: 1.41e9, bandwidth: 2.039e12, memory: 80e9 },
  h100: { name: 'H100', capability: 90, multiprocessors: 132, clock: 1.98e9, bandwidth: 3.35e12, memory: 80e9 },
  h200: { name: 'H200', capability: 90, multiprocessors: 132, clock: 1.98e9, bandwidth: 4.8e12, memory: 141e9 },
  rtx4090: { name: 'RTX 4090', capability: 89, multiprocessors: 128, clock: 2.52e9, bandwidth: 1.008e12, memory: 24e9 },
};

/** The devices of a run as one machine, which they are if they are of one kind; null where rates are not known. */
export function machineOf(devices: readonly DeviceInfo[]): Machine | null {
  const [{ name, capability, clock }] = devices;
  if (RATES[capability] === undefined) return null;
  const sum = (of: (d: DeviceInfo) => number) => devices.reduce((total, d) => total + of(d), 0);
  return {
    name,
    capability,
    clock,
    multiprocessors: sum((d) => d.multiprocessors),
    bandwidth: sum((d) => d.bandwidth),
    memory: sum((d) => d.memory),
  };
}

/** Seconds that each unit is busy, and the longest of them. */
export interface Floor {
  readonly seconds: number;
  readonly bound: Bound;
  readonly busy: Readonly<Record<Bound, number>>;
}

/** How much longer the busiest scheduler works than all would with the warps spread evenly. */
export function imbalance(lanes: number, { multiprocessors }: Machine): number {
  const warps = Math.ceil(lanes / WARP);
  const schedulers = SCHEDULERS * multiprocessors;
  return (Math.ceil(warps / schedulers) * schedulers * WARP) / lanes;
}

/** Of so many steps of so many lanes. */
export function floorOf(slots: Slots, lanes: number, steps: number, machine: Machine): Floor {
  const rates = RATES[machine.capability];
  const { multiprocessors, clock, bandwidth } = machine;
  const each = (lanes * steps * imbalance(lanes, machine)) / (multiprocessors * clock);
  const busy: Record<Bound, number> = {
    double: (slots.double / rates.double) * each,
    single: (slots.single / rates.single) * each,
    special: (slots.special / rates.special) * each,
    integer: (slots.integer / rates.integer) * each,
    issue: (issued(slots) / rates.issue) * each,
    bytes: (slots.bytes * lanes * steps) / bandwidth,
  };
  const [bound, seconds] = Object.entries(busy).reduce((a, b) => (b[1] > a[1] ? b : a)) as [Bound, number];
  return { seconds, bound, busy };
}

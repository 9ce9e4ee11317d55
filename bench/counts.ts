/**
 * Instructions and bytes of a program by what a warp of it executed (warp.ts): for each unit of a multiprocessor the slots
 * that one lane needs, on average over the steps of a run.
 *
 * Sequences: counted in what ptxas 13.0 makes of chains of each op for sm_90 (test/bench/sass.test.ts counts again). Slow
 * paths, of subnormal numbers and the like, are left out; so are moves, which a better compiler would not need, and
 * spills. Hence a floor: a kernel executes at least so much.
 */
import type { Buffer, ComputedOp } from '../src/graph/index.js';
import { BYTES, type Format } from '../src/targets/precision.js';
import type { Block, Counted } from './warp.js';

/** Warp instructions by the unit that executes them; `other`: those that take an issue slot and no unit with a row here. */
export interface Slots {
  readonly double: number;
  readonly single: number;
  /** Reciprocals and roots, conversions. */
  readonly special: number;
  /** Integers, comparisons, choices, predicates. */
  readonly integer: number;
  /** Branches, addresses, loads and stores. */
  readonly other: number;
  /** Bytes of the device's memory for a lane; and bytes of series, which all lanes read and caches give. */
  readonly bytes: number;
  readonly cached: number;
}

export const NO_SLOTS: Slots = { double: 0, single: 0, special: 0, integer: 0, other: 0, bytes: 0, cached: 0 };

/** Warp instructions in all: each takes an issue slot. */
export const issued = (s: Slots): number => s.double + s.single + s.special + s.integer + s.other;

type Cost = Partial<Slots>;

/** The same in both formats. Signs go into the instructions that read a number, predicates into those that make them. */
const SAME = {
  neg: {},
  abs: {},
  and: {},
  or: {},
  not: {},
  stop: {},
  graft: {},
  mask: {},
  cand: {},
  cor: {},
  cnot: {},
  iadd: { integer: 1 },
  isub: { integer: 1 },
  imul: { other: 1 },
  imin: { integer: 1 },
  imax: { integer: 1 },
  ilt: { integer: 1 },
  ieq: { integer: 1 },
  int: { special: 1 },
  // by a constant: multiplications by its reciprocal
  idiv: { integer: 8, other: 3 },
  imod: { integer: 6, other: 3 },
} as const;

const F64 = {
  ...SAME,
  add: { double: 1 },
  sub: { double: 1 },
  mul: { double: 1 },
  // an approximate reciprocal, two Newton steps, the quotient and its remainder; whether it is a slow case
  div: { double: 8, single: 1, special: 1, integer: 2, other: 3 },
  sqrt: { double: 8, special: 1, integer: 3, other: 3 },
  max: { double: 1, integer: 2 },
  min: { double: 1, integer: 2 },
  less: { double: 1 },
  lessEqual: { double: 1 },
  // a word at a time
  where: { integer: 2 },
  choose: { integer: 2 },
  scale2: { integer: 1, other: 1 },
  exponent: { integer: 3, special: 1 },
  mantissa: { integer: 5 },
  float: { special: 1 },
  // a call: ten rounds of two wide multiplications
  draw: { double: 2, integer: 47, special: 1, other: 4 },
} as const;

const F32 = {
  ...SAME,
  add: { single: 1 },
  sub: { single: 1 },
  mul: { single: 1 },
  div: { single: 5, special: 1, integer: 1, other: 3 },
  sqrt: { single: 4, special: 1, integer: 2, other: 4 },
  max: { integer: 2 },
  min: { integer: 2 },
  less: { integer: 1 },
  lessEqual: { integer: 1 },
  where: { integer: 1 },
  choose: { integer: 1 },
  scale2: { single: 1, integer: 1 },
  exponent: { integer: 3 },
  mantissa: { integer: 3 },
  float: { integer: 1 },
  draw: { single: 2, integer: 47, other: 4 },
} as const;

type Lowered = 'exp' | 'log' | 'expm1';
export const COSTS: Readonly<Record<Format, Readonly<Record<Exclude<ComputedOp, Lowered>, Cost>>>> = {
  f64: F64,
  f32: F32,
};

/** An address, and the access itself. */
const ACCESS = 2;
/** To an inner block: a branch, and where the lanes of the warp come together again. */
const BRANCH: Cost = { other: 3 };
/** A step of a loop: the counter, its test, the way back. */
const STEP: Cost = { integer: 2, other: 1 };
/** The least that a load of one number moves, which all lanes of a warp then have. */
const SECTOR = 32 / 32;

/** What one lane needs of a program for one step (a minute of a window, a step of a rule). */
export function slotsOf({ blocks, formats, clock, warps }: Counted): Slots {
  const total: Record<keyof Slots, number> = { ...NO_SLOTS };
  const add = (cost: Cost, times: number) => {
    for (const [unit, slots] of Object.entries(cost))
      total[unit as keyof Slots] += (slots * times) / (warps * clock.steps);
  };
  const access = (b: Buffer, times: number) => {
    add({ other: ACCESS }, times);
    add(b.kind === 'series' ? { cached: SECTOR } : { bytes: BYTES[formats.in(b)] }, times);
  };
  for (const block of blocks) {
    add(BRANCH, block.inner * block.executions);
    if (block.kind === 'loop') add(STEP, block.executions);
    for (const item of block.items) {
      if (item.kind === 'store') access(item.emit.buffer, block.executions);
      else {
        const { op, attr, dtype, args } = item.expr;
        if (attr !== null && 'buffer' in attr) access(attr.buffer, block.executions);
        else if (attr === null) {
          const format = dtype === 'f64' ? formats.of(item.expr) : formats.narrow;
          add(COSTS[format][op as Exclude<ComputedOp, Lowered>], block.executions);
          // a wide value that a narrow one meets is narrowed
          if (args.some((a) => a.dtype === 'f64' && a.constant === undefined && formats.of(a) !== format))
            add({ special: 1 }, block.executions);
        }
      }
    }
  }
  return total;
}

/** What a program's text has: each instruction counted once. */
export const onceOf = (counted: Counted): Slots =>
  slotsOf({
    ...counted,
    blocks: counted.blocks.map((b) => ({ ...b, executions: 1 })),
    clock: { unit: 'steps', steps: 1 },
    warps: 1,
  });

/** Of 32 lanes, those that take part in an instruction, on average: the others wait for an arm or a loop that is not theirs. */
export function lanesTakingPart(programs: readonly Counted[]): number {
  const work = (of: (b: Block) => number) =>
    programs.reduce((sum, p) => sum + p.blocks.reduce((s, b) => s + of(b) * b.items.length, 0), 0);
  return work((b) => b.lanes) / work((b) => b.executions);
}

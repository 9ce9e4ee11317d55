/**
 * Floor 1, webgpu target. The WGSL expression of each op: numbers are f32, bool and cond bool, i32 i32. A few uniform
 * numbers are wide: two float32 (wide.ts).
 *
 * WGSL lets a compiler reorder sums, fuse products into them and forget about NaN, so exp, log and expm1 are functions of
 * functions.ts that do not depend on it, instead of what lower.ts makes of them.
 */
import type { ComputedOp } from '../../graph/index.js';

export type Emit = (x: string, y: string, z: string, w: string) => string;

const call =
  (name: string): Emit =>
  (...args) =>
    `${name}(${args.filter((a) => a !== undefined).join(', ')})`;
const between =
  (operator: string): Emit =>
  (x, y) =>
    `${x} ${operator} ${y}`;
/** Where WGSL's select has the value for false first. */
const select: Emit = (m, x, y) => `select(${y}, ${x}, ${m})`;
const same: Emit = (x) => x;
const lowered: Emit = () => {
  throw new Error('webgpu: a program was expected before its transcendentals are lowered');
};

export const emit: Readonly<Record<ComputedOp, Emit>> = {
  add: between('+'),
  sub: between('-'),
  mul: between('*'),
  div: between('/'),
  neg: (x) => `-${x}`,
  abs: call('abs'),
  // WGSL's own give either argument where one is NaN
  max: (x, y) => `select(${x}, ${y}, ${x} < ${y})`,
  min: (x, y) => `select(${x}, ${y}, ${y} < ${x})`,
  sqrt: call('sqrt'),
  exp: call('exp_f32'),
  log: call('log_f32'),
  expm1: call('expm1_f32'),
  scale2: lowered,
  exponent: lowered,
  mantissa: lowered,
  less: between('<'),
  lessEqual: between('<='),
  and: between('&&'),
  or: between('||'),
  not: (x) => `!${x}`,
  where: select,
  choose: select,
  stop: same,
  graft: same,
  iadd: between('+'),
  isub: between('-'),
  imul: between('*'),
  // x/0 is 0, and x mod 0 is 0 = x mod 1
  idiv: (x, y) => `select(${x} / max(${y}, 1i), 0i, ${y} == 0i)`,
  imod: (x, y) => `${x} % max(${y}, 1i)`,
  imin: call('min'),
  imax: call('max'),
  ilt: between('<'),
  ieq: between('=='),
  cand: between('&&'),
  cor: between('||'),
  cnot: (x) => `!${x}`,
  float: call('f32'),
  int: call('i32'),
  mask: same,
  draw: call('draw'),
};

/** What differences of the series are made of (precision.ts), as sums of two float32. */
export const emitWide: Partial<Record<ComputedOp, Emit>> = {
  add: call('wide_add'),
  sub: (x, y) => `wide_add(${x}, -${y})`,
  mul: call('wide_product'),
  div: call('wide_quotient'),
  neg: (x) => `-${x}`,
  float: call('wide_of'),
};

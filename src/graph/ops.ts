/**
 * Floor 0. The one op table: what each op takes, gives, computes and how it is differentiated.
 *
 * Every target exports an emission table with exactly these names, so a missing op is a compile error, not a surprise.
 * The derivative stands above each rule; `g` is the cotangent of the result, `n` the node, `x`, `y`, `z` its arguments.
 */
import type { Expr } from './expr.js';
import { add, div, less, mul, neg, where } from './expr.js';

/**
 * f64 and bool vary by lane; i32 and cond are the same for every set of a window (clock, lengths, rows). A compile in
 * float32 computes what is typed f64 in float32.
 */
export type DType = 'f64' | 'bool' | 'i32' | 'cond';

/** Ops that a target emits as a computation. */
export type ComputedOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'neg'
  | 'abs'
  | 'max'
  | 'min'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'expm1'
  | 'scale2'
  | 'exponent'
  | 'mantissa'
  | 'less'
  | 'lessEqual'
  | 'and'
  | 'or'
  | 'not'
  | 'where'
  | 'choose'
  | 'stop'
  | 'iadd'
  | 'isub'
  | 'imul'
  | 'idiv'
  | 'imod'
  | 'imin'
  | 'imax'
  | 'ilt'
  | 'ieq'
  | 'cand'
  | 'cor'
  | 'cnot'
  | 'float'
  | 'int'
  | 'mask'
  | 'draw';

/** Variables and constants: what they stand for is in a node's `attr`. */
export type LeafOp = 'const' | 'iconst' | 'cconst' | 'bconst' | 'input' | 'load' | 'counter' | 'carry' | 'out';

export type OpName = ComputedOp | LeafOp;

export interface OpRow {
  readonly args: readonly DType[];
  readonly result: DType;
  /** The value for constant arguments (booleans as 0/1); absent where there is none to fold. */
  readonly forward?: (...values: number[]) => number;
  /** Cotangents of the arguments; null entries carry none. Absent: no gradient flows. */
  readonly vjp?: (g: Expr, n: Expr, x: Expr, y: Expr, z: Expr) => (Expr | null)[];
}

const F = 'f64';
const B = 'bool';
const I = 'i32';
const C = 'cond';

/** Half of g where the arms tie, all of it where this arm wins: the ½–½ convention for max and min. */
const share = (g: Expr, wins: Expr, loses: Expr) => where(wins, g, where(loses, 0, g.mul(0.5)));

export const ops: Readonly<Record<OpName, OpRow>> = {
  // ---- float64 arithmetic -------------------------------------------------------------------------------------
  // d(x + y) = dx + dy
  add: { args: [F, F], result: F, forward: (x, y) => x + y, vjp: (g) => [g, g] },
  // d(x − y) = dx − dy
  sub: { args: [F, F], result: F, forward: (x, y) => x - y, vjp: (g) => [g, neg(g)] },
  // d(x·y) = y·dx + x·dy
  mul: { args: [F, F], result: F, forward: (x, y) => x * y, vjp: (g, _n, x, y) => [mul(g, y), mul(g, x)] },
  // d(x/y) = dx/y − (x/y)·dy/y
  div: {
    args: [F, F],
    result: F,
    forward: (x, y) => x / y,
    vjp: (g, n, _x, y) => {
      const h = div(g, y);
      return [h, neg(mul(h, n))];
    },
  },
  // d(−x) = −dx
  neg: { args: [F], result: F, forward: (x) => -x, vjp: (g) => [neg(g)] },
  // d|x| = sign(x)·dx, 0 at 0
  abs: {
    args: [F],
    result: F,
    forward: Math.abs,
    vjp: (g, _n, x) => [where(less(x, 0), neg(g), where(less(0, x), g, 0))],
  },
  // d max(x, y): the larger argument takes all, a tie splits ½–½
  max: {
    args: [F, F],
    result: F,
    forward: (x, y) => (x < y ? y : x),
    vjp: (g, _n, x, y) => [share(g, less(y, x), less(x, y)), share(g, less(x, y), less(y, x))],
  },
  // d min(x, y): the smaller argument takes all, a tie splits ½–½
  min: {
    args: [F, F],
    result: F,
    forward: (x, y) => (y < x ? y : x),
    vjp: (g, _n, x, y) => [share(g, less(x, y), less(y, x)), share(g, less(y, x), less(x, y))],
  },
  // d√x = dx/(2√x), 0 at 0
  sqrt: {
    args: [F],
    result: F,
    forward: Math.sqrt,
    vjp: (g, n, x) => [where(less(0, x), div(mul(g, 0.5), n), 0)],
  },
  // ---- transcendentals (lowered to polynomials before a target sees them, see lower.ts) -------------------------
  // d eˣ = eˣ·dx
  exp: { args: [F], result: F, forward: Math.exp, vjp: (g, n) => [mul(g, n)] },
  // d ln x = dx/x
  log: { args: [F], result: F, forward: Math.log, vjp: (g, _n, x) => [div(g, x)] },
  // d(eˣ − 1) = eˣ·dx = (n + 1)·dx
  expm1: { args: [F], result: F, forward: Math.expm1, vjp: (g, n) => [mul(g, add(n, 1))] },
  // ---- bit primitives of the lowered transcendentals: appear only after differentiation ----------------------
  /** x·2^k, where y = k + 1.5·2^52 (float32: 2^23) carries k in its low mantissa bits; x and the result are normal. */
  scale2: { args: [F, F], result: F },
  /** The exponent k of x = m·2^k with m in [√½, √2). */
  exponent: { args: [F], result: F },
  /** The mantissa m of x = m·2^k with m in [√½, √2). */
  mantissa: { args: [F], result: F },
  // ---- choice ---------------------------------------------------------------------------------------------------
  less: { args: [F, F], result: B, forward: (x, y) => Number(x < y) },
  lessEqual: { args: [F, F], result: B, forward: (x, y) => Number(x <= y) },
  and: { args: [B, B], result: B, forward: (x, y) => x & y },
  or: { args: [B, B], result: B, forward: (x, y) => x | y },
  not: { args: [B], result: B, forward: (x) => 1 - x },
  /** mask ? y : z, by lane. Each arm receives g; adjoint.ts selects 0 where a cotangent leaves an arm. */
  where: { args: [B, F, F], result: F, vjp: (g) => [null, g, g] },
  /** cond ? y : z, the same choice for all lanes of a window: targets branch. */
  choose: { args: [C, F, F], result: F, vjp: (g) => [null, g, g] },
  /** The value of x, without a gradient. */
  stop: { args: [F], result: F, forward: (x) => x },
  // ---- the clock: integers and predicates that are uniform over the sets of a window ----------------------------
  iadd: { args: [I, I], result: I, forward: (x, y) => (x + y) | 0 },
  isub: { args: [I, I], result: I, forward: (x, y) => (x - y) | 0 },
  imul: { args: [I, I], result: I, forward: Math.imul },
  /** Quotient of non-negative integers, towards zero. */
  idiv: { args: [I, I], result: I, forward: (x, y) => (x / y) | 0 },
  /** Remainder of non-negative integers. */
  imod: { args: [I, I], result: I, forward: (x, y) => (x % y) | 0 },
  imin: { args: [I, I], result: I, forward: Math.min },
  imax: { args: [I, I], result: I, forward: Math.max },
  ilt: { args: [I, I], result: C, forward: (x, y) => Number(x < y) },
  ieq: { args: [I, I], result: C, forward: (x, y) => Number(x === y) },
  cand: { args: [C, C], result: C, forward: (x, y) => x & y },
  cor: { args: [C, C], result: C, forward: (x, y) => x | y },
  cnot: { args: [C], result: C, forward: (x) => 1 - x },
  /** An integer as a float64. */
  float: { args: [I], result: F, forward: (x) => x },
  /** A value that is the same for all lanes, such as one of a series, as an integer: towards zero, within 32 bits. */
  int: { args: [F], result: I, forward: (x) => x | 0 },
  /** A uniform predicate as a mask of all lanes. */
  mask: { args: [C], result: B, forward: (x) => x },
  /** Uniform random number in (0, 1) from Philox4x32-10 with key `seed` and counter (lane, step, draw): args seed, lane, step, draw. */
  draw: { args: [I, I, I, I], result: F },
  // ---- leaves: their data is in `attr` ----------------------------------------------------------------------
  const: { args: [], result: F },
  iconst: { args: [], result: I },
  cconst: { args: [], result: C },
  bconst: { args: [], result: B },
  /** A run-time integer: one for the run (lengths) or one for each window (its first row). */
  input: { args: [], result: I },
  /** buffer[base + slot][column]; base and slot are apart so that a gradient can be kept by slot. */
  load: { args: [I, I], result: F },
  /** The running index of a scan. */
  counter: { args: [], result: I },
  /** The value of a scan's i-th carry at the start of a step. */
  carry: { args: [], result: F },
  /** The value of a scan's i-th carry after its last step. */
  out: { args: [], result: F },
};

/** Rough cost of one evaluation, in additions: decides what is worth skipping, hoisting or saving. */
export function opCost(op: OpName): number {
  if (op === 'exp' || op === 'log' || op === 'expm1' || op === 'draw') return 20;
  if (op === 'div' || op === 'sqrt') return 5;
  return ops[op].args.length === 0 || op === 'stop' ? 0 : 1;
}

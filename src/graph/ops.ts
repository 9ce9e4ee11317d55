/**
 * Floor 0. The one op table: what each op takes, gives and computes. How it is differentiated: derivatives.ts.
 *
 * Every target exports an emission table with exactly these names, so a missing op is a compile error, not a surprise.
 */

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
  | 'graft'
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
}

const F = 'f64';
const B = 'bool';
const I = 'i32';
const C = 'cond';

export const ops: Readonly<Record<OpName, OpRow>> = {
  // ---- float64 arithmetic -------------------------------------------------------------------------------------
  add: { args: [F, F], result: F, forward: (x, y) => x + y },
  sub: { args: [F, F], result: F, forward: (x, y) => x - y },
  mul: { args: [F, F], result: F, forward: (x, y) => x * y },
  div: { args: [F, F], result: F, forward: (x, y) => x / y },
  neg: { args: [F], result: F, forward: (x) => -x },
  abs: { args: [F], result: F, forward: Math.abs },
  max: { args: [F, F], result: F, forward: (x, y) => (x < y ? y : x) },
  min: { args: [F, F], result: F, forward: (x, y) => (y < x ? y : x) },
  sqrt: { args: [F], result: F, forward: Math.sqrt },
  // ---- transcendentals (lowered to polynomials before a target sees them, see lower.ts) -------------------------
  exp: { args: [F], result: F, forward: Math.exp },
  log: { args: [F], result: F, forward: Math.log },
  expm1: { args: [F], result: F, forward: Math.expm1 },
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
  /** mask ? y : z, by lane. */
  where: { args: [B, F, F], result: F },
  /** cond ? y : z, the same choice for all lanes of a window: targets branch. */
  choose: { args: [C, F, F], result: F },
  /** The value of x, without a gradient. */
  stop: { args: [F], result: F, forward: (x) => x },
  /** The value of x with the gradient of y. An adjoint keeps it on a tape; y is left out before a target sees it. */
  graft: { args: [F, F], result: F },
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

/** What costs more than to keep a number and to load it again. */
export const COSTLY: ReadonlySet<OpName> = new Set(['exp', 'log', 'expm1']);

/** Rough cost of one evaluation, in additions: decides what is worth skipping, hoisting or saving. */
export function opCost(op: OpName): number {
  if (COSTLY.has(op) || op === 'draw') return 20;
  if (op === 'div' || op === 'sqrt') return 5;
  return ops[op].args.length === 0 || op === 'stop' || op === 'graft' ? 0 : 1;
}

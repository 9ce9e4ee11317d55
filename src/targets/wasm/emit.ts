/**
 * Floor 1, wasm target. The instructions of each op: f64 is a v128 of two sets, bool a v128 mask (all ones or zeros in
 * each lane), i32 and cond are plain integers, the same for both lanes.
 */
import type { ComputedOp, Expr } from '../../graph/index.js';
import { bitsOf, type FunctionBody, Op, Simd, Type } from './assembler.js';
import { DRAW } from './philox.js';

/** Puts the value of an expression on the stack. */
export type Push = (e: Expr) => void;
/** Puts the value of an op on the stack, given how to put its arguments there. */
export type Emit = (f: FunctionBody, push: Push, x: Expr, y: Expr, z: Expr, w: Expr) => void;

/** Ops that push an argument more than once: such arguments should stand in locals. */
export const REPEATS: ReadonlySet<string> = new Set<ComputedOp>(['idiv', 'imod', 'imin', 'imax']);

/** High words of 1.0 − √½ and √½: they move the cut between exponents from 1 to √½ (see runtime.ts). */
const TO_ONE = (0x3ff00000n - 0x3fe6a09en) << 32n;
const SQRT_HALF = 0x3fe6a09en << 32n;
const MANTISSA = 0xfffffffffffffn;
const MANTISSA_BITS = 52;

type SimdCode = (typeof Simd)[keyof typeof Simd];
type OpCode = (typeof Op)[keyof typeof Op];

const simd1 =
  (code: SimdCode): Emit =>
  (f, push, x) => {
    push(x);
    f.simd(code);
  };
const simd2 =
  (code: SimdCode): Emit =>
  (f, push, x, y) => {
    push(x);
    push(y);
    f.simd(code);
  };
const int2 =
  (code: OpCode): Emit =>
  (f, push, x, y) => {
    push(x);
    push(y);
    f.op(code);
  };
const not: Emit = (f, push, x) => {
  push(x);
  f.op(Op.i32eqz);
};
const lowered: Emit = () => {
  throw new Error('wasm: transcendentals are lowered before a target sees them');
};
/** The integer that a comparison prefers. */
const extreme =
  (code: OpCode): Emit =>
  (f, push, x, y) => {
    push(x);
    push(y);
    push(x);
    push(y);
    f.op(code).op(Op.select);
  };
/** y, or 1 where y is 0: the divisor that does not trap. */
const divisor = (f: FunctionBody, push: Push, y: Expr) => {
  push(y);
  push(y);
  f.op(Op.i32eqz).op(Op.i32or);
};
const isPositiveZero = (e: Expr) => Object.is(e.constant, 0);

export const emit: Readonly<Record<ComputedOp, Emit>> = {
  add: simd2(Simd.add),
  sub: simd2(Simd.sub),
  mul: simd2(Simd.mul),
  div: simd2(Simd.div),
  neg: simd1(Simd.neg),
  abs: simd1(Simd.abs),
  max: simd2(Simd.pmax),
  min: simd2(Simd.pmin),
  sqrt: simd1(Simd.sqrt),
  exp: lowered,
  log: lowered,
  expm1: lowered,
  // y's low mantissa bits, moved to the exponent, wrap as two's complement
  scale2(f, push, x, y) {
    push(x);
    push(y);
    f.i32(MANTISSA_BITS).simd(Simd.i64x2shl).simd(Simd.i64x2add);
  },
  // the exponent bits become the low mantissa bits of 2^52 + (k + 1023)
  exponent(f, push, x) {
    push(x);
    f.v128(TO_ONE).simd(Simd.i64x2add).i32(MANTISSA_BITS).simd(Simd.i64x2shrU);
    f.v128(bitsOf(2 ** 52))
      .simd(Simd.or)
      .v128(bitsOf(2 ** 52 + 1023))
      .simd(Simd.sub);
  },
  mantissa(f, push, x) {
    push(x);
    f.v128(TO_ONE).simd(Simd.i64x2add).v128(MANTISSA).simd(Simd.and).v128(SQRT_HALF).simd(Simd.i64x2add);
  },
  less: simd2(Simd.lt),
  lessEqual: simd2(Simd.le),
  and: simd2(Simd.and),
  or: simd2(Simd.or),
  not: simd1(Simd.not),
  where(f, push, mask, x, y) {
    if (isPositiveZero(y)) return simd2(Simd.and)(f, push, x, mask, y, y);
    if (isPositiveZero(x)) return simd2(Simd.andNot)(f, push, y, mask, y, y);
    push(x);
    push(y);
    push(mask);
    f.simd(Simd.select);
  },
  choose(f, push, condition, x, y) {
    push(condition);
    f.if(Type.v128);
    push(x);
    f.else();
    push(y);
    f.end();
  },
  stop: (_f, push, x) => push(x),
  graft: (_f, push, x) => push(x),
  iadd: int2(Op.i32add),
  isub: int2(Op.i32sub),
  imul: int2(Op.i32mul),
  // x/0 is 0: the quotient by 1, masked
  idiv(f, push, x, y) {
    push(x);
    divisor(f, push, y);
    f.op(Op.i32div).i32(0);
    push(y);
    f.op(Op.select);
  },
  // x mod 0 is 0 = x mod 1
  imod(f, push, x, y) {
    push(x);
    divisor(f, push, y);
    f.op(Op.i32rem);
  },
  imin: extreme(Op.i32lt),
  imax: extreme(Op.i32gt),
  ilt: int2(Op.i32lt),
  ieq: int2(Op.i32eq),
  cand: int2(Op.i32and),
  cor: int2(Op.i32or),
  cnot: not,
  float(f, push, x) {
    push(x);
    f.op(Op.f64fromI32).simd(Simd.splat);
  },
  int(f, push, x) {
    push(x);
    f.simd(Simd.i32x4truncate).firstI32();
  },
  // 0 − 1 is all ones
  mask(f, push, x) {
    f.i32(0);
    push(x);
    f.op(Op.i32sub).simd(Simd.i32x4splat);
  },
  draw(f, push, seed, lane, step, index) {
    for (const e of [seed, lane, step, index]) push(e);
    f.call(DRAW).simd(Simd.splat);
  },
};

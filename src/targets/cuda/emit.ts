/** Floor 1, cuda target. The instructions of each op: f64 in double registers, bool and cond predicates, i32 words. */
import type { ComputedOp } from '../../graph/index.js';
import type { Register, Writer } from './writer.js';

/** Writes the instructions that put the value of an op into a register, given the operands of its arguments. */
export type Emit = (w: Writer, to: Register, x: string, y: string, z: string, u: string) => void;

/** High words of 1.0 − √½ and √½: they move the cut between exponents from 1 to √½ (see runtime.ts). */
const TO_ONE = (0x3ff00000n - 0x3fe6a09en) << 32n;
const SQRT_HALF = 0x3fe6a09en << 32n;
const MANTISSA = 0xfffffffffffffn;
const MANTISSA_BITS = 52;
const BIAS = 1023;

const one =
  (code: string): Emit =>
  (w, to, x) =>
    w.write(`${code} ${to}, ${x}`);
const two =
  (code: string): Emit =>
  (w, to, x, y) =>
    w.write(`${code} ${to}, ${x}, ${y}`);
const select =
  (type: string): Emit =>
  (w, to, p, x, y) =>
    w.write(`selp.${type} ${to}, ${x}, ${y}, ${p}`);
const lowered: Emit = () => {
  throw new Error('cuda: transcendentals are lowered before a target sees them');
};
/** x where it compares so with y, else y: what the reference does with a NaN and with zeros of either sign. */
const extreme =
  (keepsFirst: (x: string, y: string) => string): Emit =>
  (w, to, x, y) => {
    const second = w.keep('bool', `setp.lt.f64 %, ${keepsFirst(x, y)}`);
    w.write(`selp.f64 ${to}, ${y}, ${x}, ${second}`);
  };
/** y, or 1 where y is 0, and whether it is: a division by 0 has no result on the device. */
const divisor = (w: Writer, y: string): { by: Register; isZero: Register } => {
  const isZero = w.keep('cond', `setp.eq.s32 %, ${y}, 0`);
  return { by: w.keep('i32', `selp.b32 %, 1, ${y}, ${isZero}`), isZero };
};
const bitsOf = (w: Writer, x: string): Register => w.keep('b64', `mov.b64 %, ${x}`);

export const emit: Readonly<Record<ComputedOp, Emit>> = {
  add: two('add.rn.f64'),
  sub: two('sub.rn.f64'),
  mul: two('mul.rn.f64'),
  div: two('div.rn.f64'),
  neg: one('neg.f64'),
  abs: one('abs.f64'),
  // x < y ? y : x
  max: extreme((x, y) => `${x}, ${y}`),
  // y < x ? y : x
  min: extreme((x, y) => `${y}, ${x}`),
  sqrt: one('sqrt.rn.f64'),
  exp: lowered,
  log: lowered,
  expm1: lowered,
  // y's low mantissa bits, moved to the exponent, wrap as two's complement
  scale2(w, to, x, y) {
    const shifted = w.keep('b64', `shl.b64 %, ${bitsOf(w, y)}, ${MANTISSA_BITS}`);
    const sum = w.keep('b64', `add.s64 %, ${bitsOf(w, x)}, ${shifted}`);
    w.write(`mov.b64 ${to}, ${sum}`);
  },
  exponent(w, to, x) {
    const moved = w.keep('b64', `add.s64 %, ${bitsOf(w, x)}, ${TO_ONE}`);
    const biased = w.keep('b64', `shr.u64 %, ${moved}, ${MANTISSA_BITS}`);
    const k = w.keep('b64', `sub.s64 %, ${biased}, ${BIAS}`);
    w.write(`cvt.rn.f64.s64 ${to}, ${k}`);
  },
  mantissa(w, to, x) {
    const moved = w.keep('b64', `add.s64 %, ${bitsOf(w, x)}, ${TO_ONE}`);
    const rest = w.keep('b64', `and.b64 %, ${moved}, ${MANTISSA}`);
    const back = w.keep('b64', `add.s64 %, ${rest}, ${SQRT_HALF}`);
    w.write(`mov.b64 ${to}, ${back}`);
  },
  less: two('setp.lt.f64'),
  lessEqual: two('setp.le.f64'),
  and: two('and.pred'),
  or: two('or.pred'),
  not: one('not.pred'),
  where: select('f64'),
  choose: select('f64'),
  stop: one('mov.f64'),
  iadd: two('add.s32'),
  isub: two('sub.s32'),
  imul: two('mul.lo.s32'),
  // x/0 is 0
  idiv(w, to, x, y) {
    const { by, isZero } = divisor(w, y);
    const quotient = w.keep('i32', `div.s32 %, ${x}, ${by}`);
    w.write(`selp.b32 ${to}, 0, ${quotient}, ${isZero}`);
  },
  // x mod 0 is 0 = x mod 1
  imod(w, to, x, y) {
    w.write(`rem.s32 ${to}, ${x}, ${divisor(w, y).by}`);
  },
  imin: two('min.s32'),
  imax: two('max.s32'),
  ilt: two('setp.lt.s32'),
  ieq: two('setp.eq.s32'),
  cand: two('and.pred'),
  cor: two('or.pred'),
  cnot: one('not.pred'),
  float: one('cvt.rn.f64.s32'),
  mask: one('mov.pred'),
  draw: (w, to, seed, lane, step, index) => w.write(`call (${to}), draw, (${seed}, ${lane}, ${step}, ${index})`),
};

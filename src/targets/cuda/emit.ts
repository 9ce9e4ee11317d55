/**
 * Floor 1, cuda target. The instructions of each op: numbers in double or single registers, bool and cond predicates, i32
 * words. What an op compares or selects has the format of its numbers.
 */
import type { ComputedOp } from '../../graph/index.js';
import type { Format } from '../precision.js';
import { DRAW } from './draw.js';
import type { Register, Writer } from './writer.js';

/** Writes the instructions that put the value of an op into a register, given the operands of its arguments. */
export type Emit = (w: Writer, to: Register, x: string, y: string, z: string, u: string) => void;

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
  (type: Format, keepsFirst: (x: string, y: string) => string): Emit =>
  (w, to, x, y) => {
    const second = w.keep('bool', `setp.lt.${type} %, ${keepsFirst(x, y)}`);
    w.write(`selp.${type} ${to}, ${y}, ${x}, ${second}`);
  };
/** y, or 1 where y is 0, and whether it is: a division by 0 has no result on the device. */
const divisor = (w: Writer, y: string): { by: Register; isZero: Register } => {
  const isZero = w.keep('cond', `setp.eq.s32 %, ${y}, 0`);
  return { by: w.keep('i32', `selp.b32 %, 1, ${y}, ${isZero}`), isZero };
};

/** What works on the bits of a number. */
type BitOps = Pick<Record<ComputedOp, Emit>, 'scale2' | 'exponent' | 'mantissa'>;

/** High words of 1.0 − √½ and √½: they move the cut between exponents from 1 to √½ (see runtime.ts). */
const TO_ONE = (0x3ff00000n - 0x3fe6a09en) << 32n;
const SQRT_HALF = 0x3fe6a09en << 32n;
const MANTISSA = 0xfffffffffffffn;
const MANTISSA_BITS = 52;
const BIAS = 1023;
const bitsOf = (w: Writer, x: string): Register => w.keep('b64', `mov.b64 %, ${x}`);

const BITS: BitOps = {
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
};

const ONE_F32 = 0x3f800000;
const SQRT_HALF_F32 = 0x3f3504f3;
const MANTISSA_F32 = 0x7fffff;
const MANTISSA_BITS_F32 = 23;
const BIAS_F32 = 127;
const bitsOfF32 = (w: Writer, x: string): Register => w.keep('i32', `mov.b32 %, ${x}`);

const BITS_F32: BitOps = {
  // 2^k as a number, by which x is multiplied: the NaN of this device, all ones, is no exponent to add to
  scale2(w, to, x, y) {
    const shifted = w.keep('i32', `shl.b32 %, ${bitsOfF32(w, y)}, ${MANTISSA_BITS_F32}`);
    const power = w.keep('f32', `mov.b32 %, ${w.keep('i32', `add.s32 %, ${shifted}, ${ONE_F32}`)}`);
    w.write(`mul.rn.f32 ${to}, ${x}, ${power}`);
  },
  exponent(w, to, x) {
    const moved = w.keep('i32', `add.s32 %, ${bitsOfF32(w, x)}, ${ONE_F32 - SQRT_HALF_F32}`);
    const biased = w.keep('i32', `shr.u32 %, ${moved}, ${MANTISSA_BITS_F32}`);
    const k = w.keep('i32', `sub.s32 %, ${biased}, ${BIAS_F32}`);
    w.write(`cvt.rn.f32.s32 ${to}, ${k}`);
  },
  mantissa(w, to, x) {
    const moved = w.keep('i32', `add.s32 %, ${bitsOfF32(w, x)}, ${ONE_F32 - SQRT_HALF_F32}`);
    const rest = w.keep('i32', `and.b32 %, ${moved}, ${MANTISSA_F32}`);
    const back = w.keep('i32', `add.s32 %, ${rest}, ${SQRT_HALF_F32}`);
    w.write(`mov.b32 ${to}, ${back}`);
  },
};

const emission = (type: Format, bits: BitOps): Readonly<Record<ComputedOp, Emit>> => ({
  add: two(`add.rn.${type}`),
  sub: two(`sub.rn.${type}`),
  mul: two(`mul.rn.${type}`),
  div: two(`div.rn.${type}`),
  neg: one(`neg.${type}`),
  abs: one(`abs.${type}`),
  // x < y ? y : x
  max: extreme(type, (x, y) => `${x}, ${y}`),
  // y < x ? y : x
  min: extreme(type, (x, y) => `${y}, ${x}`),
  sqrt: one(`sqrt.rn.${type}`),
  exp: lowered,
  log: lowered,
  expm1: lowered,
  ...bits,
  less: two(`setp.lt.${type}`),
  lessEqual: two(`setp.le.${type}`),
  and: two('and.pred'),
  or: two('or.pred'),
  not: one('not.pred'),
  where: select(type),
  choose: select(type),
  stop: one(`mov.${type}`),
  graft: one(`mov.${type}`),
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
  float: one(`cvt.rn.${type}.s32`),
  int: one(`cvt.rzi.s32.${type}`),
  mask: one('mov.pred'),
  draw: (w, to, seed, lane, step, index) =>
    w.write(`call (${to}), ${DRAW[type].name}, (${seed}, ${lane}, ${step}, ${index})`),
});

export const emit: Readonly<Record<Format, Readonly<Record<ComputedOp, Emit>>>> = {
  f64: emission('f64', BITS),
  f32: emission('f32', BITS_F32),
};

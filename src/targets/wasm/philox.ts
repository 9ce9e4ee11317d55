/** Floor 1, wasm target. The random draw as a wasm function: the bits of runtime.ts, by 64-bit products. */
import { FunctionBody, Op, Type } from './assembler.js';

/** The number of this function in every module. */
export const DRAW = 0;

const MULTIPLIERS = [0xd2511f53n, 0xcd9e8d57n];
const WEYL = [0x9e3779b9, 0xbb67ae85];
const ROUNDS = 10;

/** (seed, lane, step, draw) → f64 in (0, 1): Philox4x32-10, key (seed, 0), counter (lane, step, draw, 0). */
export function drawFunction(): FunctionBody {
  const f = new FunctionBody([Type.i32, Type.i32, Type.i32, Type.i32], Type.f64);
  const [seed, c0, c1, c2] = [0, 1, 2, 3];
  const c3 = f.local(Type.i32);
  const products = [f.local(Type.i64), f.local(Type.i64)];
  for (let round = 0; round < ROUNDS; round++) {
    [c0, c2].forEach((c, i) => {
      f.get(c).op(Op.i64extendU).i64(MULTIPLIERS[i]).op(Op.i64mul).set(products[i]);
    });
    const high = (i: number) => f.get(products[i]).i64(32n).op(Op.i64shrU).op(Op.i32wrap);
    // new c0 = high1 ^ c1 ^ k0, c2 = high0 ^ c3 ^ k1: the old c1, c3 are read before the low words replace them
    high(1).get(c1).op(Op.i32xor).get(seed).i32(Math.imul(WEYL[0], round)).op(Op.i32add).op(Op.i32xor).set(c0);
    high(0).get(c3).op(Op.i32xor).i32(Math.imul(WEYL[1], round)).op(Op.i32xor).set(c2);
    f.get(products[1]).op(Op.i32wrap).set(c1);
    f.get(products[0]).op(Op.i32wrap).set(c3);
  }
  // (20 high bits of the first word, 32 of the second, and a half) · 2⁻⁵²
  f.get(c0).i32(12).op(Op.i32shrU).op(Op.i64extendU).i64(32n).op(Op.i64shl);
  f.get(c1).op(Op.i64extendU).op(Op.i64or).op(Op.f64fromI64U);
  f.f64(0.5)
    .op(Op.f64add)
    .f64(2 ** -52)
    .op(Op.f64mul);
  return f;
}

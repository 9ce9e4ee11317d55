/** What instructions compute that JavaScript has no operator for; the rules are those of NVIDIA's PTX ISA. */
import { Fault } from './memory.js';

const f64 = new Float64Array(1);
const i64 = new BigInt64Array(f64.buffer);
/** The NaN that the device makes. */
const NAN_BITS = BigInt.asIntN(64, 0xfff8000000000000n);

/** The bits of a double. */
export function bitsOf(x: number): bigint {
  f64[0] = x;
  return Number.isNaN(x) ? NAN_BITS : i64[0];
}

export function doubleOf(bits: bigint): number {
  i64[0] = bits;
  return f64[0];
}

const f32 = new Float32Array(1);
const i32 = new Int32Array(f32.buffer);
/** The single NaN that the device makes. */
const NAN_BITS_F32 = 0x7fffffff;

/** The bits of a single. */
export function bitsOfF32(x: number): number {
  f32[0] = x;
  return Number.isNaN(x) ? NAN_BITS_F32 : i32[0];
}

export function singleOf(bits: number): number {
  i32[0] = bits;
  return f32[0];
}

/** min.f64: a number if there is one; −0 is less than +0. */
export function minimum(a: number, b: number): number {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
}

/** max.f64 */
export function maximum(a: number, b: number): number {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b);
}

/** Amounts beyond 63 shift everything out. */
export const shiftLeft = (x: bigint, by: number): bigint => x << BigInt(Math.min(by >>> 0, 64));
export const shiftRight = (x: bigint, by: number): bigint => BigInt.asUintN(64, x) >> BigInt(Math.min(by >>> 0, 64));
export const shiftLeft32 = (x: number, by: number): number => (by >>> 0 > 31 ? 0 : x << by);
export const shiftRight32 = (x: number, by: number): number => (by >>> 0 > 31 ? 0 : x >>> by);

/** High word of the unsigned product. */
export const mulHigh = (a: number, b: number): number => Number((BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n);

/** A division of integers by 0 has no result that a program may count on. */
function checkDivisor(b: number, line: number): void {
  if (b === 0) throw new Fault(line, 'division by 0');
}

export function quotient(a: number, b: number, line: number): number {
  checkDivisor(b, line);
  return Math.trunc(a / b);
}

export function remainder(a: number, b: number, line: number): number {
  checkDivisor(b, line);
  return a % b;
}

/** Towards zero; what lies outside of 32 bits is saturated. */
export const toInteger32 = (x: number): number => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)));

const MANTISSA_BITS = 52;
const MANTISSA = 2n ** 52n - 1n;
/** Exponents of the last bit of the smallest numbers, and of the first bit of the largest ones. */
const LOWEST = -1074;
const HIGHEST = 1023;

/** x = m·2^e in integers, for finite x. */
function parts(x: number): { m: bigint; e: number } {
  const bits = BigInt.asUintN(64, bitsOf(x));
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const m = exponent === 0 ? bits & MANTISSA : (bits & MANTISSA) | (MANTISSA + 1n);
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - HIGHEST - MANTISSA_BITS };
}

/** a·b + c, rounded once: to the nearest double, of two to the even one. */
export function fma(a: number, b: number, c: number): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a * b + c;
  if (!Number.isFinite(c)) return c;
  const [x, y, z] = [a, b, c].map(parts);
  const e = Math.min(x.e + y.e, z.e);
  const sum = ((x.m * y.m) << BigInt(x.e + y.e - e)) + (z.m << BigInt(z.e - e));
  if (sum !== 0n) return round(sum, e);
  // zeros add up by their signs; numbers that cancel give +0
  return x.m * y.m === 0n ? a * b + c : 0;
}

/** m·2^e to the nearest double. */
function round(m: bigint, e: number): number {
  const size = m < 0n ? -m : m;
  const top = size.toString(2).length - 1 + e;
  const last = Math.max(top - MANTISSA_BITS, LOWEST);
  let kept = size << BigInt(Math.max(e - last, 0));
  if (last > e) {
    const cut = BigInt(last - e);
    const rest = kept & ((1n << cut) - 1n);
    const half = 1n << (cut - 1n);
    kept >>= cut;
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  }
  const magnitude = top > HIGHEST ? Number.POSITIVE_INFINITY : Number(kept) * powerOfTwo(last);
  return m < 0n ? -magnitude : magnitude;
}

/** 2^e for −1074 ≤ e ≤ 971. */
function powerOfTwo(e: number): number {
  return doubleOf(e < -1022 ? 1n << BigInt(e - LOWEST) : BigInt(e + HIGHEST) << 52n);
}

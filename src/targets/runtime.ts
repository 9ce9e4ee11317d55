/** Floor 1. The bit primitives and random draws in JavaScript: the definition that every target reproduces. */

const f64 = new Float64Array(1);
const words = new Int32Array(f64.buffer);
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
/** High word of √½, and of 1.0. */
const SQRT_HALF = 0x3fe6a09e;
const ONE = 0x3ff00000;
const MAGIC = 6755399441055744; // 1.5·2^52

/** x·2^k for y = k + 1.5·2^52; x and the result are normal numbers. */
export function scale2(x: number, y: number): number {
  f64[0] = x;
  words[HIGH] += (y - MAGIC) << 20;
  return f64[0];
}

/** k of x = m·2^k, m in [√½, √2), for normal positive x. */
export function exponent(x: number): number {
  f64[0] = x;
  return ((words[HIGH] + (ONE - SQRT_HALF)) >>> 20) - 1023;
}

/** m of x = m·2^k, m in [√½, √2), for normal positive x. */
export function mantissa(x: number): number {
  f64[0] = x;
  words[HIGH] = ((words[HIGH] + (ONE - SQRT_HALF)) & 0xfffff) + SQRT_HALF;
  return f64[0];
}

const f32 = new Float32Array(1);
const word = new Int32Array(f32.buffer);
/** √½ and 1.0 in float32. */
const SQRT_HALF_F32 = 0x3f3504f3;
const ONE_F32 = 0x3f800000;

/**
 * x·2^k for y = k + 1.5·2^23, −126 ≤ k ≤ 127; x and the result are normal numbers. A product: NaN in x stays NaN, whatever
 * its bits (a device's has all mantissa bits set, to which no exponent can be added).
 */
export function scale2F32(x: number, y: number): number {
  f32[0] = y;
  word[0] = (word[0] << 23) + ONE_F32;
  return Math.fround(x * f32[0]);
}

/** k of x = m·2^k, m in [√½, √2), for normal positive float32 x. */
export function exponentF32(x: number): number {
  f32[0] = x;
  return ((word[0] + (ONE_F32 - SQRT_HALF_F32)) >>> 23) - 127;
}

/** m of x = m·2^k, m in [√½, √2), for normal positive float32 x. */
export function mantissaF32(x: number): number {
  f32[0] = x;
  word[0] = ((word[0] + (ONE_F32 - SQRT_HALF_F32)) & 0x7fffff) + SQRT_HALF_F32;
  return f32[0];
}

/** High 32 bits of the unsigned product. */
function mulHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const middle = ah * bl + ((al * bl) >>> 16);
  return (ah * bh + Math.floor(middle / 65536) + Math.floor(((middle & 0xffff) + al * bh) / 65536)) | 0;
}

/** The first two words of Philox4x32-10 (Salmon et al. 2011) with key (seed, 0) and counter (lane, step, draw, 0). */
function philox(seed: number, lane: number, step: number, index: number): readonly [number, number] {
  let c0 = lane | 0;
  let c1 = step | 0;
  let c2 = index | 0;
  let c3 = 0;
  let k0 = seed | 0;
  let k1 = 0;
  for (let round = 0; round < 10; round++) {
    const h0 = mulHigh(0xd2511f53, c0);
    const l0 = Math.imul(0xd2511f53, c0);
    const h1 = mulHigh(0xcd9e8d57, c2);
    const l1 = Math.imul(0xcd9e8d57, c2);
    c0 = h1 ^ c1 ^ k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  return [c0, c1];
}

/**
 * Uniform number in (0, 1): of 52 bits the 20 high ones from the first word, the low ones from the second; half a unit is
 * added so that 0 and 1 never occur.
 */
export function draw(seed: number, lane: number, step: number, index: number): number {
  const [c0, c1] = philox(seed, lane, step, index);
  return ((c0 >>> 12) * 4294967296 + (c1 >>> 0) + 0.5) / 4503599627370496;
}

/** In float32: the first 23 of these bits, and half a unit of them; 2^-24 from the float64 draw at most. */
export function drawF32(seed: number, lane: number, step: number, index: number): number {
  const [c0, c1] = philox(seed, lane, step, index);
  return ((c0 >>> 12) * 8 + (c1 >>> 29) + 0.5) / 8388608;
}

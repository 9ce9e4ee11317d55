/**
 * Floor 1, webgpu target. What WGSL does not have: exp, log and expm1 that keep their relative error, whatever the compiler
 * reorders or fuses, and draws with the bits of runtime.ts.
 */
import { estrin, POLYNOMIALS } from '../../graph/index.js';
import { literal } from './literals.js';
import { WIDE } from './wide.js';

const c = POLYNOMIALS.float32;

/** The polynomial in x, of which x, x², x⁴ … have these names. */
const polynomial = (powers: readonly string[], coefficients: readonly number[]): string =>
  estrin(coefficients.map(literal), (a, b, round) => `(${a} + ${b} * ${powers[round]})`);

/** The bits of x, by a way that no compiler can see through: what stands on either side is not reordered across it. */
const OPAQUE = `
fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ run.zero); }
`;

/** x = k·ln2 + r, eˣ = 2^k·eʳ; eʳ − 1 = r + r²·Q(r). Saturates where results are still normal numbers. NaN gives NaN. */
const EXPONENTIAL = `
fn exp_clipped(x: f32) -> f32 {
  let least = select(x, ${literal(-c.limit)}, x < ${literal(-c.limit)});
  return select(least, ${literal(c.limit)}, ${literal(c.limit)} < least);
}

fn exp_nearest(x: f32) -> f32 { return round(x * ${literal(Math.LOG2E)}); }

fn exp_rest(r: f32) -> f32 {
  let r2 = r * r;
  let r4 = r2 * r2;
  return r + r2 * ${polynomial(['r', 'r2', 'r4'], c.exp)};
}

fn exp_f32(x: f32) -> f32 {
  let clipped = exp_clipped(x);
  let k = exp_nearest(clipped);
  // k·high is exact; the two products with k are not to become one
  let r = opaque(clipped - k * ${literal(c.high)}) - k * ${literal(c.low)};
  return (exp_rest(r) + 1.0f) * bitcast<f32>(u32(i32(k) + 127i) << 23u);
}

fn expm1_f32(x: f32) -> f32 {
  // k would be 0: no cancellation
  if (abs(x) < 0.34f) { return exp_rest(x); }
  return exp_f32(x) - 1.0f;
}
`;

/** x = m·2^k with m in [√½, √2), f = m − 1, s = f/(2 + f), z = s²: ln x = k·ln2 + f − (f²/2 − s·(f²/2 + z·P(z))). */
const LOGARITHM = `
fn log_f32(x: f32) -> f32 {
  let word = bitcast<u32>(x);
  // the cut between exponents is moved from 1 to √½
  let moved = word + 0x004afb0du;
  let k = f32(i32(moved >> 23u) - 127i);
  let f = bitcast<f32>((moved & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  let s = f / (f + 2.0f);
  let z = s * s;
  let z2 = z * z;
  let half = f * f * 0.5f;
  let tail = s * (half + z * ${polynomial(['z', 'z2'], c.log)}) + k * ${literal(c.low)};
  let isNormal = word >= 0x00800000u && word < 0x7f800000u;
  return select(bitcast<f32>(run.nan), k * ${literal(c.high)} - ((half - tail) - f), isNormal);
}
`;

/** Philox4x32-10 (Salmon et al. 2011) with key (seed, 0) and counter (lane, step, index, 0): the first two words. */
const DRAW = `
fn product_high(x: u32, y: u32) -> u32 {
  let xl = x & 0xffffu;
  let xh = x >> 16u;
  let yl = y & 0xffffu;
  let yh = y >> 16u;
  let middle = xh * yl + ((xl * yl) >> 16u);
  let rest = (middle & 0xffffu) + xl * yh;
  return xh * yh + (middle >> 16u) + (rest >> 16u);
}

fn draw(seed: i32, lane: i32, step: i32, index: i32) -> f32 {
  var c = vec4<u32>(bitcast<u32>(lane), bitcast<u32>(step), bitcast<u32>(index), 0u);
  var k = vec2<u32>(bitcast<u32>(seed), 0u);
  for (var round = 0i; round < 10i; round++) {
    let h0 = product_high(0xd2511f53u, c.x);
    let l0 = 0xd2511f53u * c.x;
    let h1 = product_high(0xcd9e8d57u, c.z);
    let l1 = 0xcd9e8d57u * c.z;
    c = vec4<u32>(h1 ^ c.y ^ k.x, l1, h0 ^ c.w ^ k.y, l0);
    k = k + vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  // 23 bits and a half: every step is exact
  return (f32(((c.x >> 12u) << 3u) | (c.y >> 29u)) + 0.5f) * 0x1p-23f;
}
`;

/** Those of the functions that a text calls. */
export function functionsFor(text: string): string {
  const isUsed = (...names: string[]) => names.some((name) => text.includes(`${name}(`));
  const used = [
    isUsed('exp_f32', 'expm1_f32') ? EXPONENTIAL : '',
    isUsed('log_f32') ? LOGARITHM : '',
    isUsed('draw') ? DRAW : '',
    isUsed('wide_add', 'wide_product', 'wide_quotient', 'wide_of') ? WIDE : '',
  ].join('');
  return `${used.includes('opaque(') ? OPAQUE : ''}${used}`;
}

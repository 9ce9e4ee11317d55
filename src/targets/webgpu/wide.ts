/**
 * Floor 1, webgpu target. Wide numbers in WGSL, which has no float64: the sum of a float32 and a smaller one behind it, the
 * nearest float32 to the number and to what is left. That is 48 bits, of which differences of prefix sums of years leave
 * more than a float32 has. They are the same for all lanes, and few (precision.ts).
 *
 *   s = a + b, b′ = s − a:  a + b = s + ((a − (s − b′)) + (b − b′))               Knuth's two-sum
 *   a·b = p + (((aₕbₕ − p) + aₕbₗ) + aₗbₕ) + aₗbₗ, with halves of 12 bits         Dekker 1971
 *
 * In exact arithmetic what stands behind s and p is 0, so a compiler that reorders sums may drop it. WGSL allows that.
 * Therefore each rounded value on which it depends goes through `opaque` (functions.ts), across which nothing is reordered;
 * what stands between two of them is exact, so fusing it changes nothing.
 */
import type { Cells } from '../precision.js';
import { literal } from './literals.js';

export const WIDE = `
fn two_sum(a: f32, b: f32) -> vec2<f32> {
  let s = opaque(a + b);
  let t = opaque(s - a);
  return vec2<f32>(s, opaque((a - opaque(s - t)) + (b - t)));
}

// |a| ≥ |b|
fn quick_sum(a: f32, b: f32) -> vec2<f32> {
  let s = opaque(a + b);
  return vec2<f32>(s, opaque(b - opaque(s - a)));
}

fn wide_add(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let s = two_sum(x.x, y.x);
  let t = two_sum(x.y, y.y);
  let u = quick_sum(s.x, opaque(s.y + t.x));
  return quick_sum(u.x, opaque(u.y + t.y));
}

fn upper_half(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }

fn wide_product(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let p = opaque(x.x * y.x);
  let a = upper_half(x.x);
  let b = upper_half(y.x);
  let c = opaque(x.x - a);
  let d = opaque(y.x - b);
  let rest = opaque(opaque(opaque(opaque(a * b - p) + a * d) + c * b) + c * d);
  return quick_sum(p, opaque(rest + opaque(x.x * y.y + x.y * y.x)));
}

fn wide_quotient(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let q = opaque(x.x / y.x);
  let r = wide_add(x, -wide_product(vec2<f32>(q, 0.0f), y));
  let p = opaque(r.x / y.x);
  let rest = wide_add(r, -wide_product(vec2<f32>(p, 0.0f), y));
  return wide_add(quick_sum(q, p), vec2<f32>(opaque(rest.x / y.x), 0.0f));
}

fn wide_of(x: i32) -> vec2<f32> {
  let nearest = f32(x);
  return vec2<f32>(nearest, f32(x - i32(nearest)));
}
`;

/** A float64 as its two parts. */
function partsOf(value: number): readonly [number, number] {
  const first = Math.fround(value);
  return [first, Number.isFinite(first) ? Math.fround(value - first) : 0];
}

export function wideLiteral(value: number): string {
  const [first, rest] = partsOf(value);
  return `vec2<f32>(${literal(first)}, ${literal(rest)})`;
}

const split = new WeakMap<Cells, Float32Array>();

/** Series are immutable by contract: each is split once, and known by that copy again. [values][2] */
export function splitSeries(data: Cells): Float32Array {
  const known = split.get(data);
  if (known !== undefined) return known;
  const made = new Float32Array(2 * data.length);
  data.forEach((value, i) => {
    made.set(partsOf(value), 2 * i);
  });
  split.set(data, made);
  return made;
}

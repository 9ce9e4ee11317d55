/**
 * Floor 4. Random numbers for synthetic data, on the roll-outs' counter-based generator: every draw is a pure function of
 * (seed, stream, step), so the same bits come out on every machine and in any order. Besides it only + − × ÷ √ are used,
 * which IEEE 754 rounds exactly; `Math.log` and `Math.exp` may differ between JavaScript engines.
 */
import { draw, exponent, mantissa } from '../targets/runtime.js';

/** Two independent standard normals, by the polar method of Marsaglia and Bray (1964). Integers in [0, 2^32). */
export function normals(seed: number, stream: number, step: number): [number, number] {
  for (let index = 0; ; index += 2) {
    const u = 2 * draw(seed, stream, step, index) - 1;
    const v = 2 * draw(seed, stream, step, index + 1) - 1;
    const s = u * u + v * v;
    if (s >= 1) continue;
    const scale = Math.sqrt((-2 * exactLn(s)) / s);
    return [u * scale, v * scale];
  }
}

/** ln x for normal x > 0, within 1e-15 of max(1, |ln x|), by the series of artanh on the mantissa. */
export function exactLn(x: number): number {
  const m = mantissa(x);
  const t = (m - 1) / (m + 1); // |t| ≤ .172, so t^25/25 < 1e-20
  const t2 = t * t;
  let sum = 0;
  for (let power = 23; power >= 1; power -= 2) sum = sum * t2 + 1 / power;
  return 2 * t * sum + exponent(x) * Math.LN2;
}

/** e^x for |x| ≤ 40, within 1e-13 relative, by Taylor's series after halving the argument. */
export function exactExp(x: number): number {
  let y = x;
  let squarings = 0;
  while (Math.abs(y) > 0.25) {
    y /= 2;
    squarings++;
  }
  let sum = 1;
  for (let k = 13; k >= 1; k--) sum = 1 + (sum * y) / k; // .25^14/14! < 1e-19
  for (let i = 0; i < squarings; i++) sum *= sum;
  return sum;
}

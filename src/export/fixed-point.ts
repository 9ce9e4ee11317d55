/**
 * Floor 5. Fixed-point numbers in BigInt. A double is a fraction with a power of two below the line, so every
 * conversion is exact rational arithmetic with one rounding at the end; nothing passes through decimal formatting.
 */

/** 1 in 18-decimal fixed point, the scale of the contracts. */
export const WAD = 10n ** 18n;

/** An exact fraction, den > 0. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

const bits = new DataView(new ArrayBuffer(8));

/** The exact value of a finite double (IEEE 754 binary64: fraction of 52 bits, exponent biased by 1023). */
export function rational(x: number): Rational {
  if (!Number.isFinite(x)) throw new RangeError(`rational: expected a finite number, got ${x}`);
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const exponent = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  // Subnormals have no hidden bit and share the exponent of the smallest normal number.
  const magnitude = exponent === 0 ? fraction : fraction | (1n << 52n);
  const shift = (exponent === 0 ? 1 : exponent) - 1075;
  const num = word >> 63n ? -magnitude : magnitude;
  return shift >= 0 ? { num: num << BigInt(shift), den: 1n } : { num, den: 1n << BigInt(-shift) };
}

/** num/den to the nearest integer, ties to the even one; den > 0. */
export function divideHalfEven(num: bigint, den: bigint): bigint {
  const floor = divideFloor(num, den);
  const twice = 2n * (num - floor * den);
  if (twice > den || (twice === den && floor % 2n !== 0n)) return floor + 1n;
  return floor;
}

/** num/den rounded towards −∞; den > 0. (BigInt division rounds towards 0.) */
export function divideFloor(num: bigint, den: bigint): bigint {
  const quotient = num / den;
  return num < 0n && num % den !== 0n ? quotient - 1n : quotient;
}

/**
 * x·times in fixed point of the given scale, to the nearest unit, ties to even: off by at most half a unit, monotone.
 * @param times a whole number multiplied in before the one rounding (minutes of an interval, say)
 */
export function toFixedPoint(x: number, scale: bigint = WAD, times = 1n): bigint {
  const { num, den } = rational(x);
  return divideHalfEven(num * times * scale, den);
}

/** The double nearest to num/den (ties to even), for |num/den| within 1e-300 … 1e300; den > 0. */
export function ratioToNumber(num: bigint, den: bigint): number {
  if (num === 0n) return 0;
  const magnitude = num < 0n ? -num : num;
  // 64 or more quotient bits and a sticky last one: Number() then rounds once, and correctly.
  const shift = Math.max(0, 66 + bitLength(den) - bitLength(magnitude));
  const scaled = magnitude << BigInt(shift);
  const quotient = scaled / den;
  const sticky = scaled % den === 0n ? quotient : quotient | 1n;
  const value = Number(sticky) * 2 ** -shift;
  return num < 0n ? -value : value;
}

/** The double nearest to a fixed-point number. */
export function fromFixedPoint(value: bigint, scale: bigint = WAD): number {
  return ratioToNumber(value, scale);
}

function bitLength(x: bigint): number {
  return x.toString(2).length;
}

/**
 * Divides `total` units in proportion to the shares so that the parts sum to it exactly (largest remainder; ties to
 * the earlier entry). Without a binding minimum each part is within one unit of its exact share.
 * @param shares each ≥ 0, not all 0; they need not sum to 1
 * @param minimum fewest units of a part; what it costs is taken from the largest part
 */
export function apportion(shares: readonly number[], total: bigint, minimum = 0n): bigint[] {
  const exact = shares.map(rational);
  const den = exact.reduce((product, r) => product * r.den, 1n);
  const nums = exact.map((r) => r.num * (den / r.den));
  const sum = nums.reduce((a, b) => a + b, 0n);
  const remainders = nums.map((num) => (num * total) % sum);
  const parts = nums.map((num) => {
    const floor = (num * total) / sum;
    return floor < minimum ? minimum : floor;
  });
  let left = total - parts.reduce((a, b) => a + b, 0n);
  const byRemainder = parts.map((_, i) => i).sort((i, j) => compare(remainders[j], remainders[i]) || i - j);
  for (const i of byRemainder) {
    if (left <= 0n) break;
    parts[i] += 1n;
    left -= 1n;
  }
  if (left < 0n) parts[indexOfLargest(parts)] += left;
  return parts;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function indexOfLargest(values: readonly bigint[]): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

/**
 * Floor 5. Signed fixed-point arithmetic at scale 1e18 as a contract does it, in BigInt: quotients towards zero, shifts
 * towards −∞. Each function has its twin in the text of `library`, step by step, so that both give the same integers.
 *
 * exp and ln work on 96 fractional bits. exp: x = k·ln 2 + r, |r| ≤ ½ln 2, Taylor to r¹⁷, remainder below 1e-24; error of
 * the result at most 1e-18 + 1e-23·eˣ. ln: x = 2ⁿ·m, m in [√½, √2), 2·artanh((m − 1)/(m + 1)) to the 25th power, remainder
 * below 1e-22; error at most 2e-18. √: the floor of the exact root.
 *
 * What is not defined is 0 (x/0, ln and √ of negative numbers): sides of choices that are not taken may meet it.
 */
export const WAD = 10n ** 18n;

/** The shortest decimals of a double at scale 1e18: .1 is .1, which the double itself is not. Rounded to the nearest. */
export function decimalWad(x: number): bigint {
  const [mantissa, exponent] = x.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const places = 18 + Number(exponent) - (mantissa.split('.')[1]?.length ?? 0);
  if (places >= 0) return BigInt(digits) * 10n ** BigInt(places);
  const unit = 10n ** BigInt(-places);
  const half = x < 0 ? -unit / 2n : unit / 2n;
  return (BigInt(digits) + half) / unit;
}

const BITS = 96n;
export const ONE = 1n << BITS;

/** num/den at 96 bits, to the nearest. */
const fraction = (num: bigint, den: bigint): bigint => ((num << (BITS + 1n)) / den + 1n) >> 1n;

/** ln 2 = Σ 1/(n·2ⁿ) */
const LN2 = (() => {
  let sum = 0n;
  for (let n = 1n; n <= 140n; n++) sum += (1n << (BITS + 64n)) / (n << n);
  return (sum + (1n << 63n)) >> 64n;
})();

const factorial = (n: number): bigint => (n <= 1 ? 1n : BigInt(n) * factorial(n - 1));

/** 1/n!, the highest power first. */
const TAYLOR = Array.from({ length: 18 }, (_, i) => fraction(1n, factorial(17 - i)));
/** 2/(2j + 1), the highest power first. */
const ARTANH = Array.from({ length: 13 }, (_, i) => fraction(2n, BigInt(2 * (12 - i) + 1)));
/** √2 at 96 bits, and ln 1e18. */
const ROOT2 = rootOf(2n << (2n * BITS));
const LN_WAD = 18n * (3n * LN2 + lnNear(fraction(10n, 8n)));

/** Beyond these exp is 0, or stays. */
export const LEAST_EXPONENT = -42n * WAD;
export const MOST_EXPONENT = 60n * WAD;

export const mul = (a: bigint, b: bigint): bigint => (a * b) / WAD;
export const div = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : (a * WAD) / b);

export function exp(x: bigint): bigint {
  if (x < LEAST_EXPONENT) return 0n;
  const y = ((x > MOST_EXPONENT ? MOST_EXPONENT : x) << BITS) / WAD;
  const k = ((y << BITS) / LN2 + (ONE >> 1n)) >> BITS;
  const r = y - k * LN2;
  const e = TAYLOR.reduce((sum, c) => ((sum * r) >> BITS) + c, 0n);
  return (e * WAD) >> (BITS - k);
}

/** 2·artanh((m − 1)/(m + 1)) */
function lnNear(m: bigint): bigint {
  const s = ((m - ONE) << BITS) / (m + ONE);
  const z = (s * s) >> BITS;
  return (s * ARTANH.reduce((sum, c) => ((sum * z) >> BITS) + c, 0n)) >> BITS;
}

/** The place of the highest bit. */
function highest(x: bigint): bigint {
  return BigInt(x.toString(2).length - 1);
}

export function ln(x: bigint): bigint {
  if (x <= 0n) return 0n;
  const n = highest(x);
  const m = n > BITS ? x >> (n - BITS) : x << (BITS - n);
  const above = m > ROOT2;
  const log = lnNear(above ? m >> 1n : m) + (above ? n + 1n : n) * LN2 - LN_WAD;
  return (log * WAD) >> BITS;
}

/** ⌊√x⌋ */
function rootOf(x: bigint): bigint {
  if (x <= 0n) return 0n;
  let y = 1n << (highest(x) / 2n + 1n);
  for (;;) {
    const z = (y + x / y) >> 1n;
    if (z >= y) return y;
    y = z;
  }
}

export const sqrt = (x: bigint): bigint => rootOf(x * WAD);

const horner = (constants: readonly bigint[], x: string): string[] => [
  `int256 p = ${constants[0]};`,
  ...constants.slice(1).map((c) => `p = ((p * ${x}) >> 96) ${c < 0n ? '-' : '+'} ${c < 0n ? -c : c};`),
];

/** The same in Solidity; by the names that bodies call. */
export const library: Readonly<Record<string, readonly string[]>> = {
  _mul: ['function _mul(int256 a, int256 b) private pure returns (int256) {', '    return (a * b) / 1e18;', '}'],
  _div: [
    'function _div(int256 a, int256 b) private pure returns (int256) {',
    '    return b == 0 ? int256(0) : (a * 1e18) / b;',
    '}',
  ],
  _exp: [
    'function _exp(int256 x) private pure returns (int256) {',
    `    if (x < ${LEAST_EXPONENT}) return 0;`,
    `    if (x > ${MOST_EXPONENT}) x = ${MOST_EXPONENT};`,
    '    int256 r = (x << 96) / 1e18;',
    `    int256 k = ((r << 96) / ${LN2} + ${ONE >> 1n}) >> 96;`,
    `    r -= k * ${LN2};`,
    ...horner(TAYLOR, 'r').map((line) => `    ${line}`),
    '    return (p * 1e18) >> uint256(96 - k);',
    '}',
  ],
  _ln: [
    'function _ln(int256 x) private pure returns (int256) {',
    '    if (x <= 0) return 0;',
    '    int256 n = int256(_highest(uint256(x)));',
    '    int256 m = n > 96 ? x >> uint256(n - 96) : x << uint256(96 - n);',
    `    if (m > ${ROOT2}) {`,
    '        m >>= 1;',
    '        n += 1;',
    '    }',
    `    int256 s = ((m - ${ONE}) << 96) / (m + ${ONE});`,
    '    int256 z = (s * s) >> 96;',
    ...horner(ARTANH, 'z').map((line) => `    ${line}`),
    `    return ((((s * p) >> 96) + n * ${LN2} - ${LN_WAD}) * 1e18) >> 96;`,
    '}',
  ],
  _sqrt: [
    'function _sqrt(int256 x) private pure returns (int256) {',
    '    if (x <= 0) return 0;',
    '    uint256 v = uint256(x) * 1e18;',
    '    uint256 y = 1 << (_highest(v) / 2 + 1);',
    '    while (true) {',
    '        uint256 z = (y + v / y) >> 1;',
    '        if (z >= y) break;',
    '        y = z;',
    '    }',
    '    return int256(y);',
    '}',
  ],
  _highest: [
    'function _highest(uint256 x) private pure returns (uint256 n) {',
    ...[128, 64, 32, 16, 8, 4, 2].flatMap((bits) => [
      `    if (x >> ${bits} != 0) {`,
      `        x >>= ${bits};`,
      `        n += ${bits};`,
      '    }',
    ]),
    '    if (x > 1) n += 1;',
    '}',
  ],
};

/** Which other functions of the library one calls. */
export const calls: Readonly<Record<string, readonly string[]>> = { _ln: ['_highest'], _sqrt: ['_highest'] };

/**
 * Floor 1, native target. What stands above every program in C: vectors of LANES float64 by the extensions that gcc and
 * clang share, the bit primitives and random draws of runtime.ts.
 *
 * Minimum and maximum are written by the instructions that pick as the reference does (NaN, −0): `y < x ? y : x` is
 * MINPD of (y, x).
 */

/** How the vectors of a machine are done: the functions whose instructions the common extensions have no name for. */
export type Instructions = 'sse2' | 'avx2' | 'avx512' | 'neon';

const HEAD = `#include <stdint.h>
#define INLINE static inline __attribute__((always_inline))
typedef double v __attribute__((vector_size(8 * LANES), may_alias));
typedef int64_t m __attribute__((vector_size(8 * LANES), may_alias));
typedef uint64_t u __attribute__((vector_size(8 * LANES), may_alias));
`;

/** By lanes, of x86: the type, and what stands before and behind the names of its instructions. */
const X86: Readonly<Record<number, { readonly type: string; readonly name: string }>> = {
  2: { type: '__m128d', name: '_mm' },
  4: { type: '__m256d', name: '_mm256' },
  8: { type: '__m512d', name: '_mm512' },
};

const blend = (lanes: number, name: string) =>
  lanes === 8
    ? '_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)k), y, x)'
    : `${name}_blendv_pd(y, x, (${X86[lanes].type})k)`;

/** The sign bits of a mask's lanes. */
const signs = (lanes: number, name: string) =>
  lanes === 8 ? '_mm512_movepi64_mask((__m512i)k)' : `${name}_movemask_pd((${X86[lanes].type})k)`;

function x86(instructions: Instructions, lanes: number): string {
  const { name } = X86[lanes];
  const bitwise = '(v)((k & (m)x) | (~k & (m)y))';
  return `#include <immintrin.h>
INLINE v larger(v x, v y) { return ${name}_max_pd(y, x); }
INLINE v smaller(v x, v y) { return ${name}_min_pd(y, x); }
INLINE v root(v x) { return ${name}_sqrt_pd(x); }
INLINE v choice(m k, v x, v y) { return ${instructions === 'avx2' ? blend(lanes, name) : bitwise}; }
INLINE int any_of(m k) { return ${signs(lanes, name)}; }
INLINE void keep(v *at, v x, int past) { ${lanes === 8 ? 'if (past) _mm512_stream_pd((double *)at, x); else ' : ''}*at = x; }
`;
}

const NEON = `#include <arm_neon.h>
INLINE v choice(m k, v x, v y) { return (v)vbslq_f64((uint64x2_t)k, (float64x2_t)x, (float64x2_t)y); }
INLINE v larger(v x, v y) { return choice((m)(x < y), y, x); }
INLINE v smaller(v x, v y) { return choice((m)(y < x), y, x); }
INLINE v root(v x) { return (v)vsqrtq_f64((float64x2_t)x); }
INLINE int any_of(m k) { return (k[0] | k[1]) != 0; }
INLINE void keep(v *at, v x, int past) { *at = x; }
`;

const ALL: Readonly<Record<number, string>> = {
  2: 'x, x',
  4: 'x, x, x, x',
  8: 'x, x, x, x, x, x, x, x',
};

/** Of two windows' numbers. */
const HALVES: Readonly<Record<number, string>> = {
  2: 'x, y',
  4: 'x, x, y, y',
  8: 'x, x, x, x, y, y, y, y',
};

/**
 * scale2: y's low mantissa bits, moved to the exponent, wrap as two's complement. exponent: the exponent bits become the low
 * mantissa bits of 2^52 + (k + 1023). 0x3ff00000, 0x3fe6a09e: high words of 1 and √½, between which the cut lies.
 *
 * fetch: a row of a tape will be read soon. One that is not there does no harm: nothing is read.
 *
 * draw: Philox4x32-10, key (seed, 0), counter (lane, step, draw, 0); 52 bits and a half.
 */
const bits = (lanes: number) => `INLINE v all(double x) { return (v){${ALL[lanes]}}; }
INLINE v halves(double x, double y) { return (v){${HALVES[lanes]}}; }
INLINE v joined(const void *x, const void *y) {
  v r;
  __builtin_memcpy(&r, x, sizeof r / 2);
  __builtin_memcpy((char *)&r + sizeof r / 2, y, sizeof r / 2);
  return r;
}
INLINE m every(int64_t x) { return (m){${ALL[lanes]}}; }
INLINE v absolute(v x) { return (v)((m)x & every(INT64_MAX)); }
INLINE v scale2(v x, v y) { return (v)((u)x + ((u)y << 52)); }
#define TO_ONE (u)every((int64_t)(0x3ff00000 - 0x3fe6a09e) << 32)
INLINE v exponent(v x) { return (v)(((u)x + TO_ONE) >> 52 | (u)all(0x1p52)) - all(0x1p52 + 1023); }
INLINE v mantissa(v x) { return (v)((((u)x + TO_ONE) & (u)every(0xfffffffffffff)) + (u)every((int64_t)0x3fe6a09e << 32)); }
INLINE int32_t whole(double x) {
  return x >= -2147483648.0 && x < 2147483648.0 ? (int32_t)x : x < 0 ? INT32_MIN : x > 0 ? INT32_MAX : 0;
}
INLINE int32_t quotient(int32_t x, int32_t y) { return y == 0 ? 0 : y == -1 ? -x : x / y; }
INLINE int32_t residue(int32_t x, int32_t y) { return y == 0 || y == -1 ? 0 : x % y; }
INLINE int64_t row(int32_t r, uint32_t last) { return (uint32_t)r < last ? (uint32_t)r : last; }
INLINE void fetch(const double *tape, int32_t row, int32_t length) {
  const uintptr_t at = (uintptr_t)tape + (uintptr_t)((int64_t)row * length * 8);
  for (int32_t i = 0; i < 8 * length; i += 64) __builtin_prefetch((const void *)(at + i));
}
static double draw(uint32_t seed, uint32_t c0, uint32_t c1, uint32_t c2) {
  uint32_t c3 = 0, k0 = seed, k1 = 0;
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = (uint64_t)0xd2511f53 * c0, p1 = (uint64_t)0xcd9e8d57 * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  return ((double)((uint64_t)(c0 >> 12) << 32 | c1) + 0.5) * 0x1p-52;
}
`;

/** The prelude for vectors of so many lanes. */
export function prelude(instructions: Instructions, lanes: number): string {
  const own = instructions === 'neon' ? NEON : x86(instructions, lanes);
  return `#define LANES ${lanes}\n${HEAD}${own}${bits(lanes)}`;
}

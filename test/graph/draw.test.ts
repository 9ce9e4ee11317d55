/** Random draws: the published test vectors of Philox4x32-10 as far as a draw shows them, and uniformity. */
import { describe, expect, it } from 'vitest';
import { buffer, draw, emit, input, scan, trace } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { draw as philox } from '../../src/targets/runtime.js';

describe('draw', () => {
  it('takes 52 bits from the first two words of Philox4x32-10', () => {
    // Random123's known-answer test with key and counter 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8
    const bits = 0x6627e8d5e169c58dn;
    const wanted = (Number(((bits >> 44n) << 32n) | (bits & 0xffffffffn)) + 0.5) / 2 ** 52;
    expect(philox(0, 0, 0, 0)).toBe(wanted);
  });

  it('is the generator itself at other keys and counters', () => {
    // the same ten rounds in exact integers; held to the other two published vectors, which a draw cannot reach
    expect(exact([0xffffffffn, 0xffffffffn, 0xffffffffn, 0xffffffffn], [0xffffffffn, 0xffffffffn]).map(hex)).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ]);
    expect(exact([0x243f6a88n, 0x85a308d3n, 0x13198a2en, 0x03707344n], [0xa4093822n, 0x299f31d0n]).map(hex)).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
    const word = (i: number) => BigInt.asUintN(32, BigInt(i));
    for (const [seed, lane, step, index] of [
      [1, 2, 3, 4],
      [-1, -1, -1, -1],
      [0x7fffffff, 65536, 0x12345678, 99],
    ]) {
      const [a, b] = exact([word(lane), word(step), word(index), 0n], [word(seed), 0n]);
      expect(philox(seed, lane, step, index)).toBe((Number(((a >> 12n) << 32n) | b) + 0.5) / 2 ** 52);
    }
  });

  it('is uniform in (0, 1) and uncorrelated from step to step', () => {
    const n = 40_000;
    const program = trace('draws', () => {
      const out = buffer('output', 'u', 1, { rows: input('N') });
      scan({
        length: input('N'),
        init: [],
        body: (none, t) => {
          emit(out, 0, draw(input('seed'), 7, t, 0), t);
          return none;
        },
      });
    });
    const { u } = reference
      .compile(program)
      .run({ sets: 1, windows: 1, run: { N: n, seed: 42 }, window: {}, buffers: {} });
    const counts = new Array<number>(20).fill(0);
    let product = 0;
    u.forEach((v, i) => {
      expect(v > 0 && v < 1).toBe(true);
      counts[Math.floor(v * 20)]++;
      if (i > 0) product += (v - 0.5) * (u[i - 1] - 0.5);
    });
    const chiSquare = counts.reduce((sum, c) => sum + (c - n / 20) ** 2 / (n / 20), 0);
    expect(chiSquare).toBeLessThan(43.8); // 19 degrees of freedom, 0.1 %
    expect(Math.abs((product / n) * 12)).toBeLessThan(4 / Math.sqrt(n));
    expect(new Set(u).size).toBe(n);
  });
});

const hex = (word: bigint) => word.toString(16).padStart(8, '0');

/** Philox4x32-10 in exact integers, as Salmon et al. (2011) write it. */
function exact(counter: readonly bigint[], key: readonly bigint[]): bigint[] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const x = 0xd2511f53n * c0;
    const y = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(y >> 32n) ^ c1 ^ k0, y & 0xffffffffn, (x >> 32n) ^ c3 ^ k1, x & 0xffffffffn];
    k0 = (k0 + 0x9e3779b9n) & 0xffffffffn;
    k1 = (k1 + 0xbb67ae85n) & 0xffffffffn;
  }
  return [c0, c1, c2, c3];
}

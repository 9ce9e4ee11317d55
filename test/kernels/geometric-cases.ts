/** Random pools and prices for tests of the arbitrage of geometric-mean pools, and readings of what a program makes of them. */
import type { Outputs } from '../../src/targets/target.js';
import type { Case } from './geometric-brute.js';

/** mulberry32: uniform numbers in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A pool whose prices have moved by up to ±`move` from where it rests; every third has no fee. */
function randomCase(n: number, random: () => number, k: number): Case {
  const raw = Array.from({ length: n }, () => 0.05 + random());
  const sum = raw.reduce((a, b) => a + b, 0);
  const weights = raw.map((w) => w / sum);
  const rest = Array.from({ length: n }, () => Math.exp(12 * random() - 6));
  const value = 10 ** (2 + 6 * random());
  const move = [1e-4, 1e-2, 1][k % 3 === 0 ? 1 : k % 2 === 0 ? 0 : 2] * random();
  return {
    reserves: weights.map((w, i) => (w * value) / rest[i]),
    weights,
    prices: rest.map((p) => p * Math.exp(move * (2 * random() - 1))),
    gamma: k % 3 === 0 ? 1 : 1 - 0.02 * random() ** 3,
  };
}

export const randomCases = (n: number, count: number, seed: number) => {
  const random = uniform(seed + n);
  return Array.from({ length: count }, (_, k) => randomCase(n, random, k));
};

/** [n][S] from one array for each set. */
export const columns = (rows: readonly (readonly number[])[]): Float64Array =>
  Float64Array.from(
    { length: rows[0].length * rows.length },
    (_, at) => rows[at % rows.length][Math.floor(at / rows.length)],
  );

export const worthOf = (c: Case) => c.reserves.reduce((sum, r, i) => sum + r * c.prices[i], 0);

/** Column i of every output by set. */
export const at = (outputs: Outputs, name: string, sets: number, s: number): number[] =>
  Array.from({ length: outputs[name].length / sets }, (_, i) => outputs[name][i * sets + s]);

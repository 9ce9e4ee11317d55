/**
 * The best fee and curvature found by training on simulated pools, beside their closed forms (optimum.test.ts). Rows are the
 * times at which arbitrageurs come, a Poisson process of rate Λ a day; between two of them a Brownian motion moves by a
 * Laplace-distributed step. What is made large is the pool's growth without the market: income less arbitrageurs' gain.
 */

import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { draw } from '../../src/targets/runtime.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { train } from '../../src/train/train.js';
import { rowWindows } from '../../src/train/windows.js';
import { options, problem } from './fake.js';

/**
 * Figures of optimum.test.ts, all prices and costs SCALE times as small: σ, ε, v₀ divided by it and b multiplied leave the
 * best depth where it is and the best fee at 1/SCALE. So prices stay near 1 for longer, where a Hamiltonian pool has the
 * depth of the closed form.
 */
const SCALE = 4;
/** A day. */
const SIGMA = 0.05 / SCALE;
const RATE = 7200;

/** Rows of a block, each a window: half a day in which price and pool start at 1. */
const BLOCK = RATE / 2;
const BLOCKS = 700;
const ROWS = BLOCK * BLOCKS;

/** A fee near the best ones. */
const FEE = 0.0075 / SCALE;
/** −ln(1 − f): half the width of the no-trade band in logarithms of prices. */
const BAND = -Math.log(1 - FEE);
/** 1/√(2Λ)·σ: the mean excess over the band of a price that has left it. */
const EXCESS = SIGMA / Math.sqrt(2 * RATE);

/**
 * ln of the outside price over the pool's as an arbitrageur finds it, in the long run: somewhere within the band, or beyond
 * an end of it with probability 1/(1 + √(2Λ)γ̂/σ). Blocks start so; a pool at rest would take a while to get there.
 */
function mispricing(block: number): number {
  const [where, far, side] = [0, 1, 2].map((i) => draw(6, 3, block, i));
  if (where < BAND / (BAND + EXCESS)) return (2 * far - 1) * BAND;
  return (side < 0.5 ? 1 : -1) * (BAND - Math.log(1 - far) * EXCESS);
}

/** Of either sign and exponential size: what a Brownian motion moves in an exponential time. */
const move = (row: number): number => {
  const [size, sign] = [0, 1].map((i) => draw(5, 9, row, i));
  return (sign < 0.5 ? 1 : -1) * -Math.log(1 - size) * EXCESS;
};

/** Prices of `assets` at Poisson times, all but the first resting at 1. */
function poissonPrices(assets: readonly string[]): Prices {
  const n = assets.length;
  const prices = new Float64Array(ROWS * n).fill(1);
  let log = 0;
  for (let row = 0; row < ROWS; row++) {
    const place = row % BLOCK;
    if (place === 0) log = 0;
    else log += place === 1 ? mispricing(row) : move(row) - SIGMA ** 2 / 2 / RATE;
    prices[row * n] = Math.exp(log);
  }
  return { assets, rows: ROWS, prices, volume: null };
}

interface Job {
  readonly pool: string;
  readonly assets: readonly string[];
  readonly values: Readonly<Record<string, readonly number[]>>;
  readonly trained: Readonly<Record<string, boolean>>;
}

/** Values of five sets after training from starts of their own. */
async function trained({ pool, assets, values, trained: columns }: Job) {
  const data = poissonPrices(assets);
  const spec: PoolSpec = {
    assets,
    pool: registry.pools[pool],
    rule: null,
    flow: registry.flows.elastic,
    objective: registry.objectives.hedged_returns,
    penalties: [],
    settings: {},
    value: 1e6,
    zeroFee: false,
  };
  const rollout = createPoolRollout(spec, data, wasm, { threads: 2 });
  const initial = rollout.layout.raws(values);
  const free = {
    low: new Float64Array(initial.length).fill(-Infinity),
    high: new Float64Array(initial.length).fill(Infinity),
  };
  const { state } = await train(
    problem({
      rollout,
      windows: rowWindows({ train: [0, ROWS], validation: [0, ROWS], test: [0, ROWS], burnIn: 0 }, BLOCK, BLOCK),
      initial,
      trainable: Uint8Array.from(
        rollout.layout.entries.flatMap((e) => new Array(e.size).fill(columns[e.name] ? 1 : 0)),
      ),
      bounds: free,
      spread: 0.5,
    }),
    options({
      sets: 5,
      windows: 35,
      iterations: 120,
      validateEvery: 1000,
      schedule: { name: 'cosine' },
      optimizer: { name: 'adam', learningRate: 0.1 },
    }),
  );
  const found = Array.from({ length: 5 }, (_, s) =>
    rollout.layout.values(initial.map((_x, k) => state.raw[5 * k + s])),
  );
  rollout.dispose();
  return found;
}

/** The value that must be met to `tolerance`, relative. */
const expectAbout = (found: number, wanted: number, tolerance: number) =>
  expect(Math.abs(found / wanted - 1), String(found)).toBeLessThan(tolerance);

describe('training on Poisson-timed arbitrage finds, from five starts,', () => {
  it('the best fee of a constant product', async () => {
    const found = await trained({
      pool: 'constant-weight',
      assets: ['X', 'Y'],
      values: {
        'constant-weight.fee': [0.002 / SCALE],
        'elastic.v0': [0.5 / SCALE / RATE],
        'elastic.b': [150 * SCALE],
        'elastic.epsilon': [1e-9],
      },
      trained: { 'constant-weight.fee': true },
    });
    for (const v of found) expectAbout(v['constant-weight.fee'][0] * SCALE, 67.596e-4, 0.01);
  }, 300_000);

  it('the best fee and curvature of a Hamiltonian pool', async () => {
    const found = await trained({
      pool: 'hmm',
      assets: ['X'],
      values: {
        'hmm.marketFee': [0.002 / SCALE],
        'hmm.rho': [0.3],
        'hmm.riskFee': [0],
        'elastic.v0': [0.2 / SCALE / RATE],
        'elastic.b': [150 * SCALE],
        // its orders pay twice ε: half of it buying and half of it selling, of half the pool each
        'elastic.epsilon': [0.005 / SCALE],
      },
      trained: { 'hmm.marketFee': true, 'hmm.rho': true },
    });
    for (const v of found) {
      const [rho] = v['hmm.rho'];
      expectAbout(v['hmm.marketFee'][0] * SCALE, 82.25e-4, 0.01);
      expectAbout(rho, 0.7186, 0.01);
      // some 120,000 trades, which cluster, tell the loss to arbitrageurs to 2 %; C goes by its square root, and by the fee
      expectAbout((1 + rho) / (1 - rho), 6.108, 0.03);
    }
  }, 300_000);
});

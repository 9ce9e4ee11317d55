/** Function-maximising AMM: batches at the price after them, competition that leaves nothing to be gained, gas, rebalancing. */
import { describe, expect, it } from 'vitest';
import { fmAmm } from '../../kernels/pools/fm-amm.js';
import { constant } from '../../src/graph/index.js';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import { completePool } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { specOf, walk } from '../rollout/setup.js';
import { columns, compute } from './hmm-programs.js';
import { bestTrade, type PlainPool } from './pair-brute.js';
import { contextOf, minute } from './pair-programs.js';

const RESERVES = [6, 500] as const;
const WEIGHTS = [0.6, 0.4] as const;
/** w₀Y/(w₁X) */
const PRICE = (0.6 * 500) / (0.4 * 6);
const PRICES = [124.9, 126, 124, 125.3, 124.8, 250, 60, 5e3, 2];

/** What a batch gets that pays this much, after the fee. */
const offer: PlainPool = {
  out: (i, paid) => {
    const own = [0.4 * RESERVES[0], 0.6 * RESERVES[1]];
    return (own[1 - i] * paid) / (own[i] + paid);
  },
  most: () => Number.POSITIVE_INFINITY,
};
/** The batch that gains most. */
const best = (p: number, fee: number, outsideFee = 0) =>
  bestTrade(offer, { prices: [p, 1], fee, outsideFee }, RESERVES);

const state = () => RESERVES.map((r) => constant(r));

interface Lanes {
  readonly p: readonly number[];
  readonly fee: readonly number[];
  readonly gas?: readonly number[];
  readonly outsideFee?: readonly number[];
}

function traded(lanes: Lanes, settings: Record<string, number> = {}) {
  return compute(columns({ ...lanes }), ({ p, ...values }) => {
    const c = contextOf(fmAmm, { weights: WEIGHTS, ...values }, settings);
    const { state: after, fees } = fmAmm.arbitrage(c, state(), minute(p));
    return { x: after[0], y: after[1], fees };
  });
}

/** What is paid in of an asset with the fee, and the batch's price of the first in the second, without the fee. */
function batchOf(x: number, y: number, fee: number) {
  const [dx, dy] = [x - RESERVES[0], y - RESERVES[1]];
  const net = [dx > 0 ? dx * (1 - fee) : dx, dy > 0 ? dy * (1 - fee) : dy];
  return { dx, dy, net, price: -net[1] / net[0] };
}

describe('fm-amm batches', () => {
  it.each([0, 0.003, 0.05])('are done at the price after them, until nothing is left to gain, fee %s', (fee) => {
    const got = traded({ p: PRICES, fee: PRICES.map(() => fee) });
    PRICES.forEach((p, s) => {
      const { dx, dy, net, price } = batchOf(got.x[s], got.y[s], fee);
      const wanted = Math.min(Math.max(PRICE, (1 - fee) * p), p / (1 - fee));
      if (wanted === PRICE) {
        expect([dx, dy, got.fees[s]]).toEqual([0, 0, 0]);
        return;
      }
      expect(price / wanted).toBeCloseTo(1, 11);
      // the marginal price after it, of reserves without its fee
      const after = (WEIGHTS[0] * (RESERVES[1] + net[1])) / (WEIGHTS[1] * (RESERVES[0] + net[0]));
      expect(after / wanted).toBeCloseTo(1, 12);
      // value is conserved: what is taken out is paid for at the price outside, the fee is part of that
      expect(Math.abs(dx * p + dy)).toBeLessThan(1e-12 * (6 * p + 500));
      expect(got.fees[s]).toBeCloseTo(fee * Math.max(dx * p, dy), 10);
    });
  });

  it('gain less than nothing where they are larger, and something where they are smaller', () => {
    const fee = 0.003;
    const got = traded({ p: PRICES, fee: PRICES.map(() => fee) });
    PRICES.forEach((p, s) => {
      const { dx, net } = batchOf(got.x[s], got.y[s], fee);
      if (dx === 0) return;
      const [paid, first] = dx > 0 ? [net[0], true] : [net[1], false];
      const gain = (f: number) => {
        const out = offer.out(first ? 0 : 1, f * paid);
        const cost = (f * paid) / (1 - fee);
        return first ? out - cost * p : out * p - cost;
      };
      expect(Math.abs(gain(1))).toBeLessThan(1e-12 * (6 * p + 500));
      expect(gain(0.99)).toBeGreaterThan(0);
      expect(gain(1.01)).toBeLessThan(0);
    });
  });

  it('leave prices within the fee alone, and are the smaller the higher the fee', () => {
    const factors = [0.99699, 0.99701, 1, 1 / 0.99701, 1 / 0.99699];
    const got = traded({ p: factors.map((f) => f * PRICE), fee: factors.map(() => 0.003) });
    expect(Array.from(got.fees, (f) => f > 0)).toEqual([true, false, false, false, true]);
    const fees = [0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.5];
    for (const p of [140, 110]) {
      const { x } = traded({ p: fees.map(() => p), fee: fees });
      const sizes = Array.from(x, (a) => Math.abs(a - RESERVES[0]));
      sizes.slice(1).forEach((size, s) => {
        expect(size).toBeLessThanOrEqual(sizes[s]);
      });
      expect([sizes[0] > 0.1, sizes[6]]).toEqual([true, 0]);
    }
  });

  it('under an outside fee gain nothing after it', () => {
    const [fee, tau] = [0.003, 0.002];
    const on = { arbitrageCosts: 1 };
    const got = traded(
      { p: PRICES, fee: PRICES.map(() => fee), gas: PRICES.map(() => 0), outsideFee: PRICES.map(() => tau) },
      on,
    );
    const band = (1 - fee) * ((1 - tau / 2) / (1 + tau / 2));
    PRICES.forEach((p, s) => {
      const { dx, dy, price } = batchOf(got.x[s], got.y[s], fee);
      const wanted = Math.min(Math.max(PRICE, band * p), p / band);
      if (wanted === PRICE) {
        expect([dx, dy]).toEqual([0, 0]);
        return;
      }
      expect(price / wanted).toBeCloseTo(1, 11);
      const gain = -dx * p * (1 + (Math.sign(dx) * tau) / 2) - dy * (1 + (Math.sign(dy) * tau) / 2);
      expect(Math.abs(gain)).toBeLessThan(1e-12 * (6 * p + 500));
    });
  });

  it('gain their gas, or are none where the best of them gains less', () => {
    const on = { arbitrageCosts: 1 };
    for (const [fee, tau] of [
      [0, 0],
      [0.003, 0.002],
    ]) {
      const bests = PRICES.map((p) => best(p, fee, tau));
      // the largest batch that gains the gas gains nothing more
      for (const share of [1e-6, 0.1, 0.9, 0.999, 1.001, 10]) {
        const gas = bests.map(({ profit }) => share * profit + 1e-9);
        const costs = { gas, outsideFee: PRICES.map(() => tau) };
        const got = traded({ p: PRICES, fee: PRICES.map(() => fee), ...costs }, on);
        PRICES.forEach((p, s) => {
          const { dx, dy } = batchOf(got.x[s], got.y[s], fee);
          const gain = -dx * p * (1 + (Math.sign(dx) * tau) / 2) - dy * (1 + (Math.sign(dy) * tau) / 2);
          const value = 6 * p + 500;
          if (gas[s] > bests[s].profit) {
            expect([dx, dy]).toEqual([0, 0]);
            return;
          }
          expect(Math.abs(gain - gas[s])).toBeLessThan(1e-12 * value);
          // at least as large as the one that gains most; at .999 larger by the root of what is left
          const most = Math.abs(bests[s].delta[0]);
          expect(Math.abs(dx)).toBeGreaterThan(most * (1 - 1e-6));
          // and on the pool's own line of prices
          const [paid, first] = dx > 0 ? [dx * (1 - fee), true] : [dy * (1 - fee), false];
          expect(offer.out(first ? 0 : 1, paid) / (first ? -dy : -dx)).toBeCloseTo(1, 9);
        });
      }
    }
  });

  it('through a gate are the share of them that gas leaves', () => {
    const gate = 0.2;
    const on = { arbitrageCosts: 1, gasGate: gate };
    const bests = PRICES.map((p) => best(p, 0.003));
    const run = (gas: readonly number[], settings: Record<string, number>) =>
      traded({ p: PRICES, fee: PRICES.map(() => 0.003), gas, outsideFee: PRICES.map(() => 0) }, settings);
    const gas = bests.map(({ profit }) => 0.8 * profit + 1e-9);
    const [part, all] = [run(gas, on), run(gas, { arbitrageCosts: 1 })];
    PRICES.forEach((_, s) => {
      const wanted = bests[s].profit === 0 ? 0 : 1 / (1 + Math.exp((1 - bests[s].profit / gas[s]) / gate));
      expect((part.x[s] - 6) / (all.x[s] - 6 || 1)).toBeCloseTo(wanted, 6);
      expect((part.y[s] - 500) / (all.y[s] - 500 || 1)).toBeCloseTo(wanted, 6);
    });
    // far above any gain a part of the batch that gains most is done
    const much = run(
      bests.map(({ profit }) => 1.25 * profit + 1e-9),
      on,
    );
    PRICES.forEach((_, s) => {
      if (bests[s].profit === 0) return;
      const share = 1 / (1 + Math.exp((1 - 0.8) / gate));
      // a search finds the top of a parabola to the root of its rounding
      expect((much.x[s] - 6) / bests[s].delta[0] / share).toBeCloseTo(1, 4);
    });
  });

  it('give their share of the fees to the protocol', () => {
    const lanes = { p: [150, 100], fee: [0.01, 0.01] };
    const [full, shared] = [0, 0.4].map((protocolShare) => traded(lanes, { protocolShare }));
    expect(shared.x[0]).toBe(full.x[0]);
    expect(shared.y[0]).toBeCloseTo(full.y[0] - 0.4 * full.fees[0], 11);
    expect(shared.x[1]).toBeCloseTo(full.x[1] - (0.4 * full.fees[1]) / 100, 12);
    for (const s of [0, 1]) expect(shared.fees[s] / full.fees[s]).toBeCloseTo(0.6, 13);
  });
});

describe('fm-amm model', () => {
  // Σ w·p(t)/p(t − 1), batch by batch: the value of a portfolio that is brought back to its weights for free
  it.each([1, 7])('without a fee grows as the portfolio of its weights, a batch each %i minutes', (every) => {
    const [first, minutes] = [20, 140];
    const data = walk(2, first + minutes + 1, 0.01);
    const spec = specOf(data, { pool: fmAmm as never }, { arbitrageEvery: every });
    const raw = poolLayout(completePool(spec)).raws({ 'fm-amm.weights': [0.7, 0.3] });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const { values, reserves, fees } = rollout.trajectory(raw, first, minutes + 1, 1);
    rollout.dispose();
    const price = (t: number, i: number) => data.prices[(first + t) * 2 + i];
    let wanted = spec.value;
    for (let t = every; t <= minutes; t += every) {
      wanted *= [0.7, 0.3].reduce((sum, w, i) => sum + (w * price(t, i)) / price(t - every, i), 0);
      expect(Math.abs(values[t] / wanted - 1)).toBeLessThan(1e-13);
      expect((reserves[2 * t] * price(t, 0)) / values[t]).toBeCloseTo(0.7, 13);
    }
    expect(fees[minutes]).toBe(0);
    // more than a pool that arbitrageurs keep at the price: Π (p/p₀)^w
    const product = [0.7, 0.3].reduce((f, w, i) => f * (price(minutes, i) / price(0, i)) ** w, 1);
    expect(values[minutes] / spec.value / product).toBeGreaterThan(1.0005);
  });

  it('starts at its weights, with the given value and nothing to gain', () => {
    const got = compute(columns({ w: [0.5, 0.2, 0.95] }), ({ w }) => {
      const c = contextOf(fmAmm, { weights: [w, w.neg().add(1)] });
      const m = minute(40000, 0.5);
      const start = fmAmm.init(c, m, constant(1e6));
      const after = fmAmm.arbitrage(c, start, m);
      return {
        first: start[0].mul(40000),
        value: fmAmm.value(c, start, m.prices),
        moved: after.state[0].sub(start[0]).mul(4e4),
      };
    });
    [0.5, 0.2, 0.95].forEach((w, s) => {
      expect(got.first[s]).toBeCloseTo(w * 1e6, 8);
      expect(got.value[s]).toBeCloseTo(1e6, 8);
      // without a fee the rounding of the reserves is traded away
      expect(Math.abs(got.moved[s])).toBeLessThan(1e-9);
    });
  });

  it('charges an order fee and slippage 4ε/(1 + 4ε), twice what a constant product does', () => {
    const sizes = [1e-6, 0.01, 1];
    const got = compute(columns({ size: sizes }), ({ size }) => {
      const c = contextOf(fmAmm, { weights: [0.5, 0.5], fee: 0.003 }, { protocolShare: 0.25 });
      const m = minute(200, 2);
      return fmAmm.orderCost(c, fmAmm.init(c, m, constant(2000)), m, size);
    });
    sizes.forEach((size, s) => {
      expect(got.cost[s]).toBeCloseTo(0.003 + (4 * size) / (1 + 4 * size), 14);
      expect(got.fee[s]).toBeCloseTo(0.003 * 0.75, 15);
    });
    const off = compute(columns({ size: [0.02] }), ({ size }) => {
      const c = contextOf(fmAmm, { weights: WEIGHTS });
      return fmAmm.orderCost(c, state(), minute(130), size);
    });
    const order = 0.02 * (6 * 130 + 500);
    const sold = offer.out(0, order / 130) / ((order / 130) * PRICE);
    const bought = (offer.out(1, order) * PRICE) / order;
    expect(off.cost[0]).toBeCloseTo(1 - (sold + bought) / 2, 14);
  });
});

/** The Hyperliquid HJB framework as printed: its functions on plain numbers and in batches, its flaws, its tuner. */
import { describe, expect, it } from 'vitest';
import {
  assets,
  type ControlVector,
  defaultTuning,
  emptyState,
  evaluate,
  evaluateAssets,
  expectedFillRates,
  heuristic,
  defaultComponents as hjb,
  inRegime,
  neverTuned,
  observed,
  optimize,
  type StateVector,
  type Tuning,
  updateState,
  defaultValueFunction as value,
} from '../../kernels/makers/seed/index.js';
import { soundValue } from '../../kernels/makers/seed/sound.js';
import { gapOf } from '../../src/live/maker/gap.js';
import { LEARNING_RATE, tune, tunerGradient, tunerStart } from '../../src/live/maker/tuner.js';
import { validate } from '../../src/live/maker/validate.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';

const market: StateVector<number> = {
  midPrice: 100,
  inventory: 0,
  adverseSelection: 0,
  spreadBps: 10,
  imbalance: 0.5,
};
const at = (change: Partial<StateVector<number>>) => ({ ...market, ...change });
const tuning = (change: Partial<Tuning<number>> = {}) => ({ ...defaultTuning, ...change });
const rule = (state: StateVector<number>, t = tuning(), baseBps = 10, maxInventory = 100) =>
  heuristic.of({ state, baseBps, maxInventory, tuning: t });
const grid = (state: StateVector<number>, v = value) => optimize.of({ hjb, state, value: v, baseBps: 10 });
const worth = (state: StateVector<number>, control: ControlVector<number>) =>
  evaluate.of({ hjb, state, value, control });

/** The heuristic in plain statements, for comparison. */
function plainHeuristic(s: StateVector<number>, base: number, most: number, t: Tuning<number>): ControlVector<number> {
  let ask = base;
  let bid = base;
  const adverse = -s.adverseSelection * base * t.adverse;
  if (adverse > 0) bid += adverse;
  else ask -= adverse;
  const rho = Math.min(Math.abs(s.inventory) / most, 1);
  ask *= 1 + rho * rho;
  bid *= 1 + rho * rho;
  const ratio = Math.max(-1, Math.min(1, s.inventory / most));
  ask = Math.max(ask - ratio * base * t.skew, base * t.minSpreadRatio);
  bid = Math.max(bid + ratio * base * t.skew, base * t.minSpreadRatio);
  const rate = rho ** 3 > t.urgencyThreshold ? (rho ** 3 - t.urgencyThreshold) * t.liquidationRate : 0;
  return { askBps: ask, bidBps: bid, takerSell: s.inventory > 0 ? rate : 0, takerBuy: s.inventory < 0 ? rate : 0 };
}

describe('the state', () => {
  it('starts with sellers only, and keeps what is not observed', () => {
    expect(emptyState.imbalance).toBe(0);
    const given = { tuning: tuning(), maxInventory: 10, maxSpreadBps: 50 };
    const seen = observed({ midPrice: 50, inventory: -5, spreadBps: 25, bookImbalance: 1 });
    const first = updateState.of({ ...given, state: emptyState, observation: seen });
    // 1/(1 + 25/100) of the signal 1, a tenth of it
    expect(first.state.adverseSelection).toBeCloseTo(0.08, 15);
    expect(first).toMatchObject({ urgency: 0.125, riskMultiplier: 1.25, favourable: 0 });
    const blind = observed({ midPrice: 51, inventory: 0, spreadBps: null, bookImbalance: null });
    const next = updateState.of({ ...given, state: first.state, observation: blind });
    expect(next.state).toEqual({ ...first.state, midPrice: 51, inventory: 0 });
  });
  it('without a limit of the inventory there is no urgency', () => {
    const seen = observed({ midPrice: 50, inventory: 1e6, spreadBps: 10, bookImbalance: 0 });
    const given = { tuning: tuning(), maxInventory: 0, maxSpreadBps: 50, state: emptyState, observation: seen };
    expect(updateState.of(given)).toMatchObject({ urgency: 0, riskMultiplier: 1, favourable: 1 });
  });
});

describe('the heuristic', () => {
  const states = [-120, -95, -30, 0, 12, 80, 100].flatMap((inventory) =>
    [-0.8, 0, 0.3].map((adverseSelection) => at({ inventory, adverseSelection })),
  );
  const rows = states.map((state, i) => ({
    state,
    baseBps: 5 + i,
    maxInventory: 100,
    tuning: tuning({ skew: 0.2 + 0.1 * (i % 9), urgencyThreshold: 0.4 }),
  }));
  it.each([reference, wasm])('in a batch on $name is that of plain statements', (target) => {
    const batch = heuristic.on(target);
    const got = batch.run(rows);
    batch.dispose();
    rows.forEach((row, i) => {
      const wanted = plainHeuristic(row.state, row.baseBps, row.maxInventory, row.tuning);
      for (const [key, x] of Object.entries(wanted)) {
        expect(got[i].control[key as keyof ControlVector<number>], `${key} of row ${i}`).toBeCloseTo(x, 12);
      }
    });
    expect(got).toEqual(rows.map((row) => heuristic.of(row)));
  });
  it('of a large long position widens the ask that should sell it', () => {
    expect(rule(at({ inventory: 80 })).control.askBps).toBeCloseTo(12.4, 12);
    expect(rule(at({ inventory: 30 })).control.askBps).toBeLessThan(10);
  });
  it('reads neither the spread nor the imbalance', () => {
    expect(rule(at({ spreadBps: 500, imbalance: 0.99 })).control).toEqual(rule(market).control);
  });
  it('passes its own check of validity even with an ask at the mid', () => {
    expect(rule(market, tuning(), 10).valid).toBe(1);
    const tight = rule(at({ inventory: 100, adverseSelection: 0 }), tuning({ skew: 2, minSpreadRatio: 0 }));
    expect(tight.control.askBps).toBe(0);
    expect(tight.valid).toBe(1);
  });
});

describe('the objective of a control', () => {
  it('fills at λ₀ inside the spread, and less by the side that the book leans to', () => {
    const rates = (state: StateVector<number>, x: number) => expectedFillRates.of({ hjb, state, bidBps: x, askBps: x });
    expect(rates(market, 2)).toEqual({ bid: 1, ask: 1 });
    expect(rates(market, 15).bid).toBeCloseTo(Math.exp(-1), 14);
    expect(rates(at({ imbalance: 0.8 }), 5)).toEqual({ bid: expect.closeTo(0.4, 14), ask: 1.6 });
  });
  it('has no mark to market: the grid answers by the size of the price', () => {
    // φτ = 864
    expect(grid(market).control).toMatchObject({ bidBps: 15, askBps: 15 });
    expect(grid(at({ midPrice: 50_000 })).control).toMatchObject({ bidBps: 15, askBps: 5 });
  });
  it('with Q·S added still prices a unit as never sold again', () => {
    const short = { ...value, terminalTime: 100 };
    expect(grid(market, short).marked.control).toMatchObject({ bidBps: 15, askBps: 15 });
  });
  it('does not tell a drift up from a drift down', () => {
    const both = [0.6, -0.6].map((adverseSelection) => {
      const state = at({ adverseSelection, inventory: 7 });
      return [grid(state), worth(state, { askBps: 8, bidBps: 12, takerSell: 1, takerBuy: 0 })];
    });
    expect(both[0]).toEqual(both[1]);
  });
  it('is a sum over assets, whatever their correlation', () => {
    const control = { askBps: 8, bidBps: 12, takerSell: 0, takerBuy: 0 };
    const rows = [market, at({ midPrice: 3, inventory: 4 })].map((state) => ({
      hjb: assets.btc,
      state,
      value,
      control,
    }));
    expect(evaluateAssets(rows)).toBe(evaluate.of(rows[0]).total + evaluate.of(rows[1]).total);
  });
  it('is switched to a regime by two of its numbers', () => {
    const calm = inRegime('lowVolatility', hjb, value);
    expect(calm.hjb).toEqual({ ...hjb, lambdaBase: 1.5 });
    expect(calm.value).toEqual({ ...value, phi: 0.005 });
  });
  it.each([reference, wasm])('the grid in a batch on $name takes the first of the best of 51', (target) => {
    const rows = [0, 20, -95, 150].map((inventory) => ({
      hjb,
      state: at({ inventory, midPrice: 3000 }),
      value: { ...value, phi: 0.001 },
      baseBps: 12,
    }));
    const batch = optimize.on(target);
    const got = batch.run(rows);
    batch.dispose();
    rows.forEach((row, i) => {
      const u = Math.min(Math.abs(row.state.inventory) / 100, 1) ** 3;
      const rate = u > 0.7 ? (u - 0.7) * 10 : 0;
      const [sell, buy] = row.state.inventory > 0 ? [rate, 0] : [0, rate];
      let best = { askBps: 12, bidBps: 12, takerSell: 0, takerBuy: 0 };
      const of = (control: ControlVector<number>) => evaluate.of({ ...row, control }).total;
      for (const bid of [0.5, 0.75, 1, 1.25, 1.5]) {
        for (const ask of [0.5, 0.75, 1, 1.25, 1.5]) {
          for (const taker of [0, 1]) {
            const next = { askBps: 12 * ask, bidBps: 12 * bid, takerSell: taker * sell, takerBuy: taker * buy };
            if (of(next) > of(best)) best = next;
          }
        }
      }
      for (const [key, x] of Object.entries(best)) {
        expect(got[i].control[key as keyof ControlVector<number>]).toBeCloseTo(x, 12);
      }
      expect(got[i].value).toBe(of(got[i].control));
    });
  });
});

describe('validation and tuner', () => {
  const given = {
    hjb,
    state: at({ inventory: 30, adverseSelection: 0.4 }),
    value,
    baseBps: 10,
    maxInventory: 100,
    tuning: tuning(),
  };
  it('the gap has no figure where the grid is worth 0, and can be negative', () => {
    expect(gapOf(1, 0)).toBeNull();
    expect(gapOf(3, 2)).toBe(-0.5);
    expect(validate(given).gap).toBe(gapOf(validate(given).heuristicValue, validate(given).gridValue));
  });
  it('beside the arbitrary gap stands what both are worth', () => {
    const { sound } = validate({ ...given, maxInventory: 10, state: market });
    // the figures of the document's own market
    expect(sound).toEqual({
      heuristic: expect.closeTo(0.002997, 6),
      grid: expect.closeTo(0.089193, 6),
      optimum: expect.closeTo(0.096474, 6),
    });
    expect(validate({ ...given, state: at({ imbalance: 1 }) }).sound).toBeNull();
  });
  it('four of seven parameters are not in the loss at all', () => {
    expect(neverTuned()).toEqual(['ema', 'urgencyThreshold', 'liquidationRate', 'spreadScale']);
    expect(tunerGradient(given).zero).toEqual(expect.arrayContaining([...neverTuned()]));
  });
  it('its differences are slopes of the loss where no bound is near', () => {
    const { gradient, loss } = tunerGradient(given, 1e-6);
    const plain = (t: Tuning<number>) => {
      const control = plainHeuristic(given.state, 10, 100, t);
      const best = grid(given.state).control;
      return (best.bidBps - control.bidBps) ** 2 + (best.askBps - control.askBps) ** 2;
    };
    expect(loss).toBeCloseTo(plain(given.tuning), 10);
    const slope = (plain(tuning({ skew: 0.5 + 1e-4 })) - plain(tuning({ skew: 0.5 - 1e-4 }))) / 2e-4;
    expect(gradient.skew).toBeCloseTo(slope, 3);
  });
  it('steps by Adam, and starts afresh where a step leaves the bounds', () => {
    const first = tune(given, tunerStart());
    // Adam's first step is its rate, against the sign of the slope
    expect(first.tuning.skew).toBeCloseTo(0.5 + LEARNING_RATE, 12);
    expect(first.tuning.adverse).toBeCloseTo(0.5 - LEARNING_RATE, 12);
    expect(first.tuning.ema).toBe(0.1);
    const edge = { ...given, tuning: tuning({ adverse: 0.0005 }) };
    const stuck = tune(edge, first.slots);
    expect(stuck.tuning).toEqual(edge.tuning);
    expect(stuck.slots).toEqual(tunerStart());
    // a loss of at most 1 is left alone: a grid of base 1 has offsets within ½ of it
    const near = { ...given, baseBps: 1, state: market };
    expect(tune(near, first.slots)).toMatchObject({ tuning: near.tuning, slots: first.slots });
  });
  it('in a market of a small penalty is worth 94 % of the optimum', () => {
    const flat = {
      midPrice: 100,
      spreadBps: 10,
      imbalance: 0.5,
      lambdaBase: 1,
      beta: 0.1,
      phi: 0.001,
      maxInventory: 10,
    };
    const controls = Array.from({ length: 21 }, (_, i) => rule(at({ inventory: i - 10 }), tuning(), 10, 10).control);
    expect(soundValue(flat, 2, controls)).toBeCloseTo(0.106971, 6);
  });
});

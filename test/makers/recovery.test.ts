/** A maker's market from 10,000 recorded orders: what was drawn is recovered within 3 standard errors, seeds fixed beforehand. */
import { describe, expect, it } from 'vitest';
import { createRecording, type Recording } from '../../src/data/recording/recording.js';
import { makerYaml } from '../../src/fit/maker/document.js';
import type { Estimate } from '../../src/fit/maker/estimate.js';
import { fitMaker, type MakerFit } from '../../src/fit/maker/fit.js';
import { drawnMarket, TRUTH } from './recorded.js';

const OPTIONS = { every: null, imbalance: 3, regimes: 2 };
const SEEDS = [11, 12, 13];

/** The truth of each number, by the name of its estimate. */
const KNOWN = {
  lambda0: (TRUTH.lambdaBid + TRUTH.lambdaAsk) / 2,
  beta: TRUTH.kappa,
  lambdaBid: TRUTH.lambdaBid,
  lambdaAsk: TRUTH.lambdaAsk,
  kappaBid: TRUTH.kappa,
  kappaAsk: TRUTH.kappa,
  sigma: TRUTH.sigma,
  epsilon: TRUTH.epsilon,
  jumpBid: TRUTH.epsilon,
  jumpAsk: TRUTH.epsilon,
};

interface Told {
  readonly value: number;
  readonly error: number | null;
}

/** Within 3 of its errors, which is no more than `share` of it. */
function expectTold(told: Told | null | undefined, truth: number, share = 0.1): void {
  const { value, error } = told ?? expect.fail('not told');
  if (error === null) throw new Error('no standard error');
  expect(Math.abs(value - truth)).toBeLessThan(3 * error);
  expect(error).toBeLessThan(share * truth);
  expect(error).toBeGreaterThan(0);
}

const without = (recording: Recording, part: 'trades' | 'tops') => createRecording({ ...recording, [part]: null });
const untold = (fit: MakerFit) => fit.untold.map(({ what }) => what);

describe.each(SEEDS)('a market drawn with seed %d', (seed) => {
  const recording = drawnMarket(seed);

  it('is recovered from trades and tops', () => {
    const { estimates, market } = fitMaker(recording, OPTIONS);
    for (const [name, truth] of Object.entries(KNOWN)) expectTold(estimates[name], truth);
    expect(estimates.halfSpread.value).toBeCloseTo(TRUTH.halfSpread, 6);
    // at the best price: of the orders that would reach the mid, those that do reach half the spread
    const reach = Math.exp(-TRUTH.kappa * TRUTH.halfSpread);
    expect((market?.lambdaBid ?? 0) / (TRUTH.lambdaBid * reach)).toBeCloseTo(1, 1);
  });

  it('is recovered where the tops of an order’s own time are what it met', () => {
    const { estimates } = fitMaker(drawnMarket(seed, { ...TRUTH, topsFirst: true }), OPTIONS);
    for (const [name, truth] of Object.entries(KNOWN)) expectTold(estimates[name], truth);
  });

  it('is recovered from trades alone, whose mid is hidden', () => {
    const fit = fitMaker(without(recording, 'tops'), OPTIONS);
    const { drift: _drift, ...estimates } = fit.estimates;
    for (const [name, truth] of Object.entries(KNOWN)) expectTold(estimates[name], truth);
    expectTold(estimates.halfSpread, TRUTH.halfSpread);
    expect(untold(fit)).toEqual(['drift', 'imbalance']);
  });

  it('moves as it does from tops alone, which tell no orders', () => {
    const fit = fitMaker(without(recording, 'trades'), OPTIONS);
    expect(untold(fit).slice(0, 3)).toEqual(['lambda0', 'beta', 'epsilon']);
    expect(fit.market).toBeNull();
    // all of its moves: those of orders too
    const orders = (TRUTH.lambdaBid + TRUTH.lambdaAsk) * Math.exp(-TRUTH.kappa * TRUTH.halfSpread);
    expectTold(fit.estimates.sigma as Estimate, Math.sqrt(TRUTH.sigma ** 2 + orders * TRUTH.epsilon ** 2));
  });
});

describe.each(SEEDS)('a market with states, drawn with seed %d', (seed) => {
  const truth = { ...TRUTH, swing: 0.2, lean: 1.8 };
  const reach = Math.exp(-truth.kappa * truth.halfSpread);

  it('shows the chain of its imbalance, and who comes in which state', () => {
    const { imbalance } = fitMaker(drawnMarket(seed, truth), OPTIONS);
    const { states, chain } = imbalance ?? expect.fail('not told');
    states.forEach(({ buys, sells, drift }, j) => {
      expectTold(buys, truth.lambdaAsk * reach * truth.lean ** (j - 1));
      expectTold(sells, truth.lambdaBid * reach * truth.lean ** (1 - j));
      expect(Math.abs(drift.value)).toBeLessThan(3 * drift.error);
    });
    const rate = (i: number, j: number) => ({ value: chain.generator[i][j], error: chain.errors[i][j] });
    for (const [i, j] of [
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
    ])
      expectTold(rate(i, j), truth.swing, 0.2);
    expect(chain.generator[0][2]).toBe(0);
  });

  it('shows its regimes', () => {
    const busy = { times: 4, rate: 0.01, sigma: 2 };
    const { regimes, warnings } = fitMaker(drawnMarket(seed, { ...TRUTH, busy }), OPTIONS);
    const { regimes: found, generator, errors, gain } = regimes ?? expect.fail('not told');
    expect(gain).toBeGreaterThan(1000);
    found.forEach(({ lambdaBid, lambdaAsk, sigma }, j) => {
      expectTold(lambdaBid, TRUTH.lambdaBid * reach * busy.times ** j);
      expectTold(lambdaAsk, TRUTH.lambdaAsk * reach * busy.times ** j);
      const orders = (TRUTH.lambdaBid + TRUTH.lambdaAsk) * reach * busy.times ** j;
      expectTold(sigma, Math.sqrt((TRUTH.sigma * busy.sigma ** j) ** 2 + orders * TRUTH.epsilon ** 2));
      expectTold({ value: generator[j][1 - j], error: errors[j][1 - j] }, busy.rate, 0.5);
    });
    expect(warnings.join()).toMatch(/orders come in clusters/);
  });
});

describe('a market that is not the model’s', () => {
  it('whose orders all stop at the best price tells no decay', () => {
    const recording = drawnMarket(1, { ...TRUTH, orders: 400 });
    const { trades, tops } = recording;
    if (trades === null || tops === null) throw new Error('both are drawn');
    const price = trades.price.map((_, i) => {
      const row = tops.time.findLastIndex((t) => t < trades.time[i]);
      return trades.side[i] > 0 ? tops.ask[row] : tops.bid[row];
    });
    const fit = fitMaker(createRecording({ ...recording, trades: { ...trades, price } }), OPTIONS);
    expect(fit.untold[0]).toEqual({
      what: 'beta',
      why: expect.stringMatching(/depths beyond the best price were expected/),
    });
    expect(fit.market).toBeNull();
  });

  it('says how few orders there are, and refuses none', () => {
    const few = drawnMarket(1, { ...TRUTH, orders: 120 });
    expect(fitMaker(few, OPTIONS).warnings[0]).toMatch(/^119 orders only|^120 orders only/);
    const { trades } = few;
    if (trades === null) throw new Error('trades are drawn');
    const moved = { ...trades, time: trades.time.map((t) => t + 1e9) };
    expect(() => fitMaker(createRecording({ ...few, trades: moved }), OPTIONS)).toThrow(/of one time were expected/);
  });
});

describe.each(SEEDS)('the config of a market drawn with seed %d', (seed) => {
  const options = { states: 'one', gamma: null, qMax: 8, origin: [] } as const;

  it('has jumps where orders move the mid', () => {
    const text = makerYaml(fitMaker(drawnMarket(seed), OPTIONS), options);
    expect(text).toMatch(/jumps: yes/);
    expect(text).toMatch(/jumpBid: /);
  });

  it('has none where they do not, and so no trend by what two noisy sides leave', () => {
    const still = drawnMarket(seed, { ...TRUTH, epsilon: 0, orders: 2000 });
    expect(makerYaml(fitMaker(still, OPTIONS), options)).not.toMatch(/^ *jump(s|Bid|Ask):/m);
  });
});

/** When a headline survives its stress test: the rules on stated figures. */
import { describe, expect, it } from 'vitest';
import type { StressCase } from '../../src/evaluate/stress.js';
import { survivalOf } from '../../src/evaluate/survival.js';

type Figures = Readonly<Record<string, number | null>>;

/** A case of the tuned pool and its rivals, in `metric`; with its return over HODL where that is another. */
function at(arbitrageEvery: number, metric: string, figures: Figures, over?: number): StressCase {
  const metrics = Object.fromEntries(Object.entries(figures).map(([name, x]) => [name, { [metric]: x }]));
  if (over !== undefined) metrics.tuned = { ...metrics.tuned, returns_over_hodl: over };
  return { arbitrageEvery, prices: 'recorded', asTrained: arbitrageEvery === 1, metrics };
}

const overHodl = (every: number, tuned: number, best = -0.01) =>
  at(every, 'returns_over_hodl', { tuned, HODL: 0, 'constant weights': best });
const sharpe = (every: number, tuned: number, hodl: number, over: number) =>
  at(every, 'daily_sharpe', { tuned, HODL: hodl }, over);

const said = (...cases: StressCase[]) => survivalOf(Object.keys(cases[0].metrics.tuned)[0], cases);

describe('a lead over HODL', () => {
  it('survives with half of its size, and not with less', () => {
    expect(said(overHodl(1, 0.02), overHodl(5, 0.011), overHodl(60, 0.015))).toEqual({ survives: true, text: null });
    const { survives, text } = said(overHodl(1, 0.02), overHodl(2, 0.012), overHodl(5, 0.0095), overHodl(15, 0.003));
    expect(survives).toBe(false);
    expect(text).toBe(
      'This headline does not survive its stress test: its lead over HODL of 2.00% becomes 0.95% with an arbitrage every 5 minutes, 0.30% every 15 minutes.',
    );
  });

  it('does not survive a change of its sign, either way, unless it is next to nothing', () => {
    expect(said(overHodl(1, 0.001, 1), overHodl(5, -0.001, 1)).survives).toBe(false);
    expect(said(overHodl(1, -0.02), overHodl(5, 0.01)).survives).toBe(false);
    expect(said(overHodl(1, 0.00008, 1), overHodl(5, -0.00008, 1)).survives).toBe(true);
    expect(said(overHodl(1, -0.02), overHodl(5, -0.05)).survives).toBe(true);
  });

  it('is that of the headline metric where holding has one, else the return over HODL', () => {
    expect(said(sharpe(1, 2, 1, 0.02), sharpe(5, 1.8, 1, 0.001)).survives).toBe(true);
    expect(said(sharpe(1, 2, 1, 0.02), sharpe(5, 1.4, 1, 0.02)).survives).toBe(false);
    const lvr = (every: number, over: number) => at(every, 'lvr', { tuned: -0.01, HODL: null }, over);
    expect(said(lvr(1, 0.02), lvr(5, 0.015)).survives).toBe(true);
    expect(said(lvr(1, 0.02), lvr(5, 0.001)).text).toContain('its lead over HODL of 2.00% becomes 0.10%');
  });
});

it('a headline that is no number does not survive by that', () => {
  const none = (every: number, over: number) => at(every, 'daily_sharpe', { tuned: null, HODL: null }, over);
  expect(said(none(1, 0), none(5, 0))).toEqual({ survives: null, text: null });
  expect(said(none(1, 0.5), none(5, 0.01)).survives).toBe(false);
});

it('a value that moves by a tenth of the pool does not survive, ahead or behind', () => {
  expect(said(overHodl(1, 0.5), overHodl(2, 0.32)).survives).toBe(false);
  expect(said(overHodl(1, -0.04), overHodl(60, -0.2)).survives).toBe(false);
  expect(said(sharpe(1, 2, 1, 0.5), sharpe(5, 1.9, 1, 0.3)).text).toContain(
    'its return over HODL of 50.00% becomes 30.00% with an arbitrage every 5 minutes',
  );
});

it('a pool that was ahead of all baselines has to stay there', () => {
  const { survives, text } = said(overHodl(1, 0.02), overHodl(15, 0.015, 0.018), overHodl(60, 0.012, 0.02));
  expect(survives).toBe(false);
  expect(text).toContain('it falls behind the best baseline with an arbitrage every 15 minutes, every 60 minutes.');
  expect(said(overHodl(1, 0.02, 0.03), overHodl(15, 0.015, 0.03)).survives).toBe(true);
});

it('says nothing where there was nothing to try or to compare with', () => {
  expect(said(overHodl(1, 0.02))).toEqual({ survives: null, text: null });
  const alone = (every: number) => at(every, 'daily_sharpe', { tuned: 1 });
  expect(said(alone(1), alone(5)).survives).toBeNull();
});

it('names cleaned prices', () => {
  const clean: StressCase = { ...overHodl(2, -0.3), arbitrageEvery: 1, prices: 'without bounce' };
  expect(said(overHodl(1, 0.2), clean).text).toContain('becomes −30.00% on prices without bounce.');
});

/**
 * Makers whose fills are drawn: means beside the exact roll-out, gradients of every unbiased estimator within 4 standard errors
 * of the exact one, biased ones that are refused, paths that add up.
 */
import { describe, expect, it } from 'vitest';
import { makerObjectives, makerSharpe } from '../../kernels/makers/objectives.js';
import { UserError } from '../../src/errors.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { choice, makerRollout, policyNumber, scenarios, TWO_STATES, type Values, valuesOf } from './setup.js';

type Numbers = Readonly<Record<string, number>>;

const ROWS = 21;
const { settings, values } = TWO_STATES;
const HEURISTIC: Values = {
  ...values,
  ...{ base: [45], skew: [0.9], adverse: [0.3], urgencyThreshold: [0.02], minSpreadRatio: [0.7] },
  ...{ takerCost: [0.07], liquidationRate: [2] },
};
const heuristic = { ...settings, policy: policyNumber('heuristic'), maxPosition: 3 };
const SMALL: Numbers = { qMin: -2, qMax: 2 };
const SMALL_VALUES: Values = { bid: [0.2, 0.4, 0.5, 0.8], ask: [0.7, 0.5, 0.45, 0.3], alpha: [0.1] };

const exact = (given: Numbers, numbers: Values) => {
  const rollout = makerRollout({ ...given, estimator: choice('estimator', 'distribution') });
  const got = rollout.gradient(rollout.layout.raws(valuesOf(numbers)), scenarios(1), ROWS);
  const own = rollout.layout.entries.filter((e) => !e.name.startsWith('gbm.'));
  rollout.dispose();
  return { ...got, columns: own.flatMap((e) => Array.from({ length: e.size }, (_, i) => e.column + i)) };
};

/** Means over batches and their standard errors: of the objective, then of every raw number's gradient. */
function sampled(given: Numbers, numbers: Values, lanes: number, batches: number) {
  const rollout = makerRollout(given);
  const raw = rollout.layout.raws(valuesOf(numbers));
  const all = Array.from({ length: batches }, (_, b) => {
    const { objective, gradient } = rollout.gradient(raw, scenarios(lanes, b * lanes), ROWS);
    return [objective[0], ...gradient];
  });
  rollout.dispose();
  return all[0].map((_, k) => {
    const mean = all.reduce((sum, row) => sum + row[k], 0) / batches;
    const variance = all.reduce((sum, row) => sum + (row[k] - mean) ** 2, 0) / (batches - 1);
    return { mean, error: Math.sqrt(variance / batches) };
  });
}

function expectUnbiased(estimator: string, given: Numbers, numbers: Values, lanes: number, batches: number): void {
  const { objective, gradient, columns } = exact(given, numbers);
  const [mean, ...slopes] = sampled({ ...given, estimator: choice('estimator', estimator) }, numbers, lanes, batches);
  expect(Math.abs(mean.mean - objective[0])).toBeLessThan(4 * mean.error);
  for (const i of columns) {
    expect(Math.abs(slopes[i].mean - gradient[i]), `column ${i}`).toBeLessThan(4 * slopes[i].error + 1e-12);
  }
}

describe('drawn fills', () => {
  it.each(['score', 'state-baseline', 'all-actions'])('have the gradient of the mean: %s', (estimator) => {
    expectUnbiased(estimator, SMALL, SMALL_VALUES, 64, 200);
    expectUnbiased(estimator, heuristic, HEURISTIC, 64, 200);
  });

  it('have it with latency, from one inventory, by bernoulli', () => {
    expectUnbiased(
      'score',
      { ...heuristic, latency: 1, thinning: 1, evenStart: 0, startInventory: 1 },
      HEURISTIC,
      64,
      200,
    );
  });

  it('have less noise the more is known exactly', () => {
    const noise = ['score', 'state-baseline', 'all-actions'].map((name) => {
      const found = sampled({ ...SMALL, estimator: choice('estimator', name) }, SMALL_VALUES, 64, 60);
      return found.slice(1).reduce((sum, x) => sum + x.error ** 2, 0);
    });
    expect(noise[1]).toBeLessThan(noise[0]);
    expect(noise[2]).toBeLessThan(noise[1]);
  });

  it('are wrong where fills are differentiated as their chances, and say so', () => {
    const { gradient, columns } = exact(SMALL, SMALL_VALUES);
    for (const name of ['straight-through', 'mean-field']) {
      const given = { ...SMALL, estimator: choice('estimator', name) };
      expect(() => makerRollout(given)).toThrow(
        new UserError(
          `maker: an unbiased estimator was expected, got ${name}, which trains to the wrong quotes; take distribution, or give allowBias: yes`,
        ),
      );
      const found = sampled({ ...given, allowBias: 1 }, SMALL_VALUES, 256, 20).slice(1);
      const worst = Math.max(...columns.map((i) => Math.abs(found[i].mean - gradient[i]) / (found[i].error + 1e-9)));
      expect(worst).toBeGreaterThan(10);
    }
  });

  it('have the bits of the reference', () => {
    for (const name of ['score', 'state-baseline', 'all-actions', 'straight-through', 'mean-field']) {
      const given = { ...heuristic, estimator: choice('estimator', name), allowBias: 1 };
      const [a, b] = [reference, wasm].map((target) => {
        const rollout = makerRollout(given, { target });
        const got = rollout.gradient(rollout.layout.raws(valuesOf(HEURISTIC)), scenarios(3), 6);
        rollout.dispose();
        return { ...got };
      });
      expectSameBits(a, b);
    }
  });
});

describe('a path', () => {
  const rollout = makerRollout(heuristic);
  const raw = rollout.layout.raws({ ...valuesOf({ ...HEURISTIC, liquidationRate: [20] }), 'gbm.sigma': [40] });
  const { observed } = rollout.path(raw, 7, 400, 1);
  rollout.dispose();
  const rows = Array.from({ length: 400 }, (_, t) =>
    Object.fromEntries(Object.entries(observed).map(([name, xs]) => [name, xs[t]])),
  );

  it('changes its inventory by what was bought and sold, within its limits', () => {
    rows.slice(1).forEach((row, t) => {
      const change = row.bidFills - row.askFills + row.takerBuys - row.takerSells;
      expect(row.q).toBe(rows[t].q + change);
      expect(row.q).toBeGreaterThanOrEqual(settings.qMin);
      expect(row.q).toBeLessThanOrEqual(settings.qMax);
    });
    expect(rows[0].q).toBe(0);
    expect(rows.some((r) => r.takerSells === 1)).toBe(true);
    expect(rows.some((r) => r.state === 1)).toBe(true);
  });

  it('makes what cash and inventory marked at the mid say', () => {
    const rebate = HEURISTIC.rebate?.[0] ?? 0;
    let cash = 0;
    rows.slice(1).forEach((row, t) => {
      const { mid } = rows[t];
      cash += row.askFills * (mid + row.ask + rebate) - row.bidFills * (mid - row.bid - rebate);
      cash += row.takerSells * (mid - 0.07) - row.takerBuys * (mid + 0.07);
      expect(row.pnl).toBeCloseTo(cash + row.q * row.mid, 8);
      expect(row.pnl).toBeCloseTo(row.captured + row.inventoryPnl - row.takerCost, 10);
      expect(row.score).toBeCloseTo(row.pnl - row.penalty, 10);
    });
  });

  it('fills as often as its chances say', () => {
    for (const side of ['bid', 'ask'] as const) {
      const chances = rows.slice(1).map((r) => r[`${side}Chance`]);
      const expected = chances.reduce((a, b) => a + b, 0);
      const variance = chances.reduce((sum, p) => sum + p * (1 - p), 0);
      const seen = rows.slice(1).reduce((sum, r) => sum + r[`${side}Fills`], 0);
      expect(Math.abs(seen - expected)).toBeLessThan(4 * Math.sqrt(variance));
    }
  });
});

describe('objectives', () => {
  it('of a maker: the ratio of the steps’ PnL on plain numbers', () => {
    const rollout = makerRollout(
      { ...heuristic, estimator: 1, evenStart: 0, martingale: 0 },
      { objective: makerSharpe },
    );
    const raw = rollout.layout.raws(valuesOf(HEURISTIC));
    const { objective } = rollout.value(raw, scenarios(1, 4), 200);
    const { pnl } = rollout.path(raw, 4, 200, 1).observed;
    rollout.dispose();
    const made = Array.from(pnl.slice(1), (x, t) => x - pnl[t]);
    const mean = made.reduce((a, b) => a + b, 0) / made.length;
    const variance = made.reduce((sum, x) => sum + (x - mean) ** 2, 0) / made.length;
    expect(objective[0]).toBeCloseTo(mean / Math.sqrt(variance), 10);
  });

  it('that an estimator cannot tell are refused', () => {
    const names = (estimator: string) =>
      makerObjectives
        .filter((objective) => {
          try {
            makerRollout({ ...SMALL, estimator: choice('estimator', estimator) }, { objective }).dispose();
            return false;
          } catch (e) {
            expect(e).toBeInstanceOf(UserError);
            return true;
          }
        })
        .map((m) => m.name);
    expect(names('score')).toEqual([]);
    // a ratio of means is no mean of ratios
    expect(names('distribution')).toEqual(['maker_sharpe', 'maker_turnover']);
    expect(names('all-actions')).toEqual(['maker_pnl', 'maker_sharpe', 'maker_turnover']);
  });

  it.each([
    [{ qMin: 0, qMax: 0 }, 'an inventory with room to trade was expected'],
    [{ startInventory: 9 }, 'a start inventory in [-8, 8] was expected'],
    [{ tied: 1, qMax: 3 }, 'limits that mirror each other'],
    [{ estimator: choice('estimator', 'all-actions'), latency: 1 }, 'without latency'],
  ])('settings that do not go together are refused: %o', (given, message) => {
    expect(() => makerRollout(given)).toThrow(message);
  });
});

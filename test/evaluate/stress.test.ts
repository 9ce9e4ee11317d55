/**
 * The stress test of an evaluation: its figures against evaluations of their own at other settings and prices, and headlines
 * that it does and does not let stand.
 */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { withoutBounce, withoutSpikes } from '../../src/data/clean.js';
import { createDataset, type Dataset } from '../../src/data/dataset.js';
import { DataQuality } from '../../src/data/quality.js';
import { splitRows } from '../../src/data/windows.js';
import { evaluate } from '../../src/evaluate/evaluate.js';
import type { EvaluationInput } from '../../src/evaluate/input.js';
import { renderReport } from '../../src/evaluate/report/index.js';
import { STEPS } from '../../src/evaluate/stress.js';
import { market } from '../data/thin.js';
import { type Case, cases, flow, inputOf, specOf } from './evaluate-setup.js';

type Figures = Record<string, Record<string, number | null>>;

interface Json {
  readonly headline: { readonly value: number; readonly survives: boolean | null; readonly text: string | null };
  readonly stress: readonly { arbitrageEvery: number; prices: string; asTrained: boolean; metrics: Figures }[];
  readonly strategies: readonly {
    name: string;
    role: string;
    metrics: Record<string, Record<string, number | null>>;
  }[];
  readonly warnings: readonly string[];
  readonly remarks: readonly string[];
}

async function evaluated(input: EvaluationInput) {
  const { report, json } = await evaluate(input);
  return { report, json: JSON.parse(JSON.stringify(json)) as Json };
}

/** An input on other prices, split as the others are. */
function on(data: Dataset, given: Case): EvaluationInput {
  const part = { train: 0.5, validation: 0.1, test: 0.4, burnInRows: 1500, windowRows: 1440 };
  const assets = data.assets;
  return { ...inputOf({ ...given, spec: { ...given.spec, assets } }), data, split: splitRows(data.rows, part) };
}

const withEvery = (given: Case, arbitrageEvery: number): Case => ({
  ...given,
  spec: { ...given.spec, zeroFee: false, settings: { ...given.spec.settings, arbitrageEvery } },
});

const thin = (change: Partial<Parameters<typeof market>[0]> = {}) =>
  market({ assets: ['BTC', 'ETH'], rows: 9 * 1440, step: 6e-4, spread: 8e-3, filled: 0.26, seed: 5, ...change });

const testOf = (json: Json, name: string) => json.strategies.find((s) => s.name === name)?.metrics.test;

/** Figures of two courses of a pool differ by what rounding makes of another start value. */
function near(a: Record<string, number | null>, b: Record<string, number | null> | undefined): void {
  for (const name of ['returns', 'returns_over_hodl', 'daily_log_sharpe', 'hedged_returns']) {
    expect(a[name] ?? Number.NaN, name).toBeCloseTo(b?.[name] ?? Number.NaN, 6);
  }
}

describe('intervals', () => {
  it.each(Object.keys(cases))('%s: as an evaluation at that setting', async (name) => {
    const { json } = await evaluated(inputOf(cases[name]));
    const own = cases[name].spec.settings.arbitrageEvery;
    expect(json.stress.map((c) => c.arbitrageEvery)).toEqual([own, ...STEPS.filter((every) => every !== own)]);
    const [base] = json.stress;
    expect(base.asTrained).toBe(true);
    for (const [strategy, metrics] of Object.entries(base.metrics)) expect(metrics).toEqual(testOf(json, strategy));
    const other = json.stress.find((c) => c.arbitrageEvery === 15) as Json['stress'][number];
    // a roll-out without fees has the fee 0, whatever its parameter says
    const zero: Record<string, number[]> = cases[name].spec.zeroFee ? { 'tfmm.fee': [0] } : {};
    const given = withEvery(cases[name], 15);
    const at15 = await evaluated(inputOf({ ...given, trained: { ...given.trained, ...zero } }));
    expect(Object.keys(other.metrics)).toEqual(Object.keys(base.metrics));
    for (const strategy of ['tuned', 'HODL', 'uniform HODL', 'constant weights', 'constant product']) {
      if (other.metrics[strategy] !== undefined) near(other.metrics[strategy], testOf(at15.json, strategy));
    }
  });

  it('of a pool that declares none', async () => {
    const given = cases['reclamm with flow'];
    const { arbitrageEvery: _, ...settings } = registry.pools['concentrated-range'].settings;
    const pool = { ...registry.pools['concentrated-range'], name: 'own', settings };
    const spec = { ...specOf('concentrated-range', flow), pool };
    const { arbitrageEvery: __, ...kept } = spec.settings;
    const start = { 'elastic.v0': given.start['elastic.v0'] };
    const { json } = await evaluated(inputOf({ spec: { ...spec, settings: kept }, start, trained: start }));
    expect(json.stress.map((c) => c.arbitrageEvery)).toEqual(STEPS);
    const values = json.stress.map((c) => c.metrics.tuned.returns);
    expect(new Set(values).size).toBe(values.length);
  });
});

/** A reCLAMM pool with a narrow range. */
const narrow: Case = {
  spec: specOf('reclamm', { ...flow, objective: registry.objectives.returns_over_hodl }),
  start: { 'elastic.v0': [2e-4] },
  trained: { 'elastic.v0': [2e-4], 'reclamm.priceRatio': [1.2], 'reclamm.fee': [0.004] },
};

describe('a narrow pool on closes that bounce', () => {
  const data = thin();

  it('has a headline that does not survive, and says so under it', async () => {
    const { report, json } = await evaluated(on(data, narrow));
    const { value, survives, text } = json.headline;
    expect(value).toBeGreaterThan(0.1);
    expect(survives).toBe(false);
    expect(text).toMatch(
      /^This headline does not survive its stress test: its lead over HODL of .* on prices without bounce\.$/,
    );
    const tuned = json.stress.map((c) => c.metrics.tuned.returns_over_hodl as number);
    // the longer between two arbitrages, the less there is
    expect([...tuned.slice(0, 5)].sort((a, b) => b - a)).toEqual(tuned.slice(0, 5));
    expect(tuned[4]).toBeLessThan(0.05 * value);
    expect(tuned[5]).toBeLessThan(0.05 * value);
    const page = await renderReport(report);
    const [figure, sentence, verdict] = ['class="figure"', 'does not survive its stress test', 'class="verdict"'].map(
      (part) => page.indexOf(part),
    );
    expect(figure).toBeLessThan(sentence);
    expect(sentence).toBeLessThan(verdict);
    expect(page).toContain('Prices without bounce');
    expect(page).toContain('Under stress');
    expect(page).toContain('Roll spread');
    const all = json.remarks.join('\n');
    for (const asset of data.assets) {
      expect(all).toMatch(new RegExp(`${asset}: 2\\d.* % of the rows of the test split are filled`));
      expect(all).toMatch(new RegExp(`${asset}: closes of the test split bounce`));
      expect(json.warnings.join('\n')).toMatch(new RegExp(`${asset}: 2\\d.* % of the rows are filled`));
    }
  });

  it('is measured on cleaned prices as on a dataset of them', async () => {
    const input = on(data, narrow);
    const { train, validation, test } = input.split;
    const prices = withoutBounce(new DataQuality(data), [train, validation, test]);
    const clean = createDataset({ ...data, prices });
    const [{ json }, other] = [await evaluated(input), await evaluated({ ...input, data: clean })];
    const stressed = json.stress.find((c) => c.prices === 'without bounce') as Json['stress'][number];
    expect(stressed.arbitrageEvery).toBe(1);
    near(stressed.metrics.tuned, testOf(other.json, 'tuned'));
    near(stressed.metrics.HODL, testOf(other.json, 'HODL'));
    expect(other.json.stress.some((c) => c.prices !== 'recorded')).toBe(false);
  });
});

it('a pool that earns from traders on clean prices has a headline that survives', async () => {
  const earning: Case = {
    ...narrow,
    trained: { 'elastic.v0': [2e-3], 'reclamm.priceRatio': [4], 'reclamm.fee': [0.004] },
  };
  const { report, json } = await evaluated(on(thin({ spread: 0, filled: 0 }), earning));
  expect(json.headline.value).toBeGreaterThan(0.005);
  expect(json.headline).toMatchObject({ survives: true, text: null });
  expect(json.remarks).toEqual([]);
  expect(await renderReport(report)).toContain('The headline survives');
});

it('spikes are mended in a case of their own, and a headline that is made of one does not survive', async () => {
  const clean = thin({ spread: 0, filled: 0 });
  const prices = clean.prices.slice();
  const input = on(clean, narrow);
  // a curve gains nothing from a price that leaves and comes back, but the fee of both ways
  for (let row = input.split.test[0] + 100; row < clean.rows - 100; row += 300) prices[2 * row] *= 3;
  const data = createDataset({ ...clean, prices });
  const { json } = await evaluated({ ...input, data });
  const mended = json.stress.find((c) => c.prices === 'without spikes') as Json['stress'][number];
  expect(withoutSpikes(new DataQuality(data))).not.toEqual(prices);
  expect(json.headline.value).toBeGreaterThan(0.02);
  expect(mended.metrics.tuned.returns_over_hodl).toBeLessThan(0);
  expect(json.headline.survives).toBe(false);
  expect(json.remarks.join()).toMatch(/BTC: prices leave and come back at once in the test split: × 3[\d.]* in row/);
});

it('of rules the clock stays: a momentum pool without fees hardly changes', async () => {
  const { json } = await evaluated(inputOf(cases['tfmm without fee']));
  const returns = json.stress.map((c) => c.metrics.tuned.returns as number);
  for (const r of returns) expect(Math.abs(r - returns[0])).toBeLessThan(0.02);
});

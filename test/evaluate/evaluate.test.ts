/** Evaluation against independent arithmetic: baselines, continuation, fee grid, sensitivity, cautions. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import type { UserError } from '../../src/errors.js';
import { type Evaluation, type EvaluationInput, evaluate } from '../../src/evaluate/evaluate.js';
import { computeMetrics } from '../../src/evaluate/metrics.js';
import { renderReport } from '../../src/evaluate/report/index.js';
import { createRollout, layoutOf, type Trajectory } from '../../src/rollout/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { cases, data, inputOf, specOf, split } from './evaluate-setup.js';

const n = data.assets.length;
const priceAt = (row: number) => Array.from(data.prices.subarray(row * n, (row + 1) * n));
const evaluations = new Map<string, Promise<Evaluation>>();

/** One evaluation a case, shared by the tests. */
function evaluated(name: string): Promise<Evaluation> {
  const known = evaluations.get(name) ?? evaluate(inputOf(cases[name]));
  evaluations.set(name, known);
  return known;
}

function pathOf(name: string, from: number, to: number): Trajectory {
  const { spec, raw } = inputOf(cases[name]);
  const rollout = createRollout({ ...spec, objective: registry.objectives.returns }, data, wasm);
  const path = rollout.trajectory(raw, from, to - from, 1);
  rollout.dispose();
  return path;
}

interface Json {
  readonly strategies: readonly {
    readonly name: string;
    readonly metrics: Record<string, Record<string, number | null>>;
  }[];
  readonly [key: string]: unknown;
}

/** A figure of a strategy out of the JSON, which has been through text. */
function figure({ json }: Evaluation, strategy: string, part: string, metric: string): number {
  const parsed = JSON.parse(JSON.stringify(json)) as Json;
  const found = parsed.strategies.find((s) => s.name === strategy)?.metrics[part][metric];
  if (typeof found !== 'number') throw new Error(`no ${metric} of ${strategy} on ${part}`);
  return found;
}

describe.each(Object.keys(cases))('%s', (name) => {
  it('renders a report with the headline and every baseline', async () => {
    const { report } = await evaluated(name);
    const html = await renderReport(report);
    expect(html.startsWith('<!doctype html>')).toBe(true);
    for (const row of report.rows) expect(html).toContain(row.name);
    const constant = name.startsWith('hmm') ? 'constant product' : 'constant weights';
    expect(report.rows.map((r) => r.name)).toEqual(['tuned', 'HODL', 'uniform HODL', constant, 'best fixed fee']);
    expect(html).not.toContain('NaN');
  });

  it('measures the test split of one roll-out that is not restarted', async () => {
    const evaluation = await evaluated(name);
    const path = pathOf(name, split.train[0], split.test[1]);
    for (const part of ['train', 'validation', 'test'] as const) {
      const [a, b] = split[part].map((row) => row - split.train[0]);
      expect(figure(evaluation, 'tuned', part, 'returns')).toBeCloseTo(path.values[b - 1] / path.values[a] - 1, 13);
      const earned = (path.fees[b - 1] - path.fees[a]) / path.values[a];
      expect(figure(evaluation, 'tuned', part, 'fee_revenue_over_value')).toBeCloseTo(earned, 13);
    }
    expect(evaluation.report.headline.metric).toBe('daily_log_sharpe');
    expect(evaluation.report.headline.value).toBe(figure(evaluation, 'tuned', 'test', 'daily_log_sharpe'));
  });

  it('restarts apart', async () => {
    const { report } = await evaluated(name);
    const { values } = pathOf(name, split.test[0], split.test[1]);
    expect(report.restarted?.metrics.returns).toBeCloseTo(values[values.length - 1] / values[0] - 1, 13);
    expect(report.restarted?.metrics.returns).not.toBe(report.rows[0].metrics.returns);
  });

  it('holds the reserves at the first row of each split', async () => {
    const evaluation = await evaluated(name);
    const path = pathOf(name, split.train[0], split.test[1]);
    const width = path.reserves.length / path.values.length;
    const worth = (reserves: Float64Array, row: number) => {
      const assets = priceAt(row).reduce((sum, p, i) => sum + p * reserves[i], 0);
      return reserves.subarray(n).reduce((sum, credits) => sum + credits, assets);
    };
    for (const part of ['train', 'validation', 'test'] as const) {
      const [from, to] = split[part];
      const at = from - split.train[0];
      const reserves = path.reserves.subarray(at * width, (at + 1) * width);
      expect(worth(reserves, from)).toBeCloseTo(path.values[at], 5);
      expect(figure(evaluation, 'HODL', part, 'returns')).toBeCloseTo(
        worth(reserves, to - 1) / worth(reserves, from) - 1,
        12,
      );
      expect(figure(evaluation, 'HODL', part, 'returns_over_hodl')).toBeCloseTo(0, 12);
      const over = path.values[to - 1 - split.train[0]] / worth(reserves, to - 1) - 1;
      expect(figure(evaluation, 'tuned', part, 'returns_over_hodl')).toBeCloseTo(over, 12);
    }
  });

  it('holds evenly', async () => {
    const evaluation = await evaluated(name);
    const [from, to] = split.test;
    const growth = priceAt(to - 1).map((p, i) => p / priceAt(from)[i]);
    const even = growth.reduce((a, b) => a + b, 0) / n;
    const wanted = name.startsWith('hmm') ? (even + 1) / 2 - 1 : even - 1;
    expect(figure(evaluation, 'uniform HODL', 'test', 'returns')).toBeCloseTo(wanted, 12);
  });

  it('takes the best of the fee grid, of the untuned pool', async () => {
    const { report, json } = await evaluated(name);
    const grid = report.feeGrid ?? [];
    expect(grid.map((g) => g.fee)).toEqual([1e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 7.5e-3, 1e-2, 2e-2]);
    const best = grid.reduce((a, b) => (b.metric > a.metric ? b : a));
    expect(report.rows.at(-1)?.metrics.daily_log_sharpe).toBe(best.metric);
    expect((json.feeGrid as { best: number }).best).toBe(best.fee);
    const { spec, start } = cases[name];
    const fee = `${spec.pool.name}.${spec.pool.name === 'hmm' ? 'marketFee' : 'fee'}`;
    const rollout = createRollout({ ...spec, zeroFee: false }, data, wasm);
    const raw = rollout.layout.raws({ ...start, [fee]: [best.fee] });
    const { values, reserves } = rollout.trajectory(raw, split.train[0], split.test[1] - split.train[0], 1);
    rollout.dispose();
    const from = split.test[0] - split.train[0];
    const prices = data.prices.subarray(split.test[0] * n, split.test[1] * n);
    const { daily_log_sharpe } = computeMetrics({
      values: values.subarray(from),
      startReserves: reserves.slice(0, n),
      prices,
      assets: n,
    });
    expect(daily_log_sharpe).toBeCloseTo(best.metric, 9);
  });

  it('says where each parameter started and ended', async () => {
    const { report } = await evaluated(name);
    const { spec, start, trained } = cases[name];
    expect(report.parameters.map((p) => p.name)).toEqual(layoutOf(spec).entries.map((e) => e.name));
    for (const p of report.parameters) {
      for (const [given, got] of [
        [start[p.name], p.initial],
        [trained[p.name], p.trained],
      ] as const) {
        given?.forEach((x, i) => {
          expect(got[i] / x).toBeCloseTo(1, 10);
        });
      }
      expect(p.frozen).toBe(JSON.stringify(p.initial) === JSON.stringify(p.trained));
    }
  });
});

describe('constant pool', () => {
  it('without fee is the closed form V₀·Π(p/p₀)^w', async () => {
    const evaluation = await evaluated('tfmm without fee');
    for (const part of ['train', 'validation', 'test'] as const) {
      const [from, to] = split[part];
      const [x, y] = priceAt(to - 1).map((p, i) => p / priceAt(from)[i]);
      expect(figure(evaluation, 'constant weights', part, 'returns')).toBeCloseTo(x ** 0.4 * y ** 0.6 - 1, 11);
    }
  });

  it('has the tuned fee and the flow, and the weights of before', async () => {
    const { trained } = cases['tfmm with fee and flow'];
    for (const [name, fee] of [
      ['tfmm with fee and flow', trained['tfmm.fee']],
      ['constant weights with flow', [0.0047]],
    ] as const) {
      const rollout = createRollout({ ...specOf('constant-weight'), flow: registry.flows.elastic }, data, wasm);
      const elastic = Object.fromEntries(Object.entries(trained).filter(([key]) => key.startsWith('elastic')));
      const raw = rollout.layout.raws({ ...elastic, 'constant-weight.fee': fee });
      const { values } = rollout.trajectory(raw, split.train[0], split.test[1] - split.train[0], 1);
      rollout.dispose();
      const start = values[split.test[0] - split.train[0]];
      const got = figure(await evaluated(name), 'constant weights', 'test', 'returns');
      expect(got).toBeCloseTo(values[values.length - 1] / start - 1, 12);
    }
  });

  it('of an hmm pool has no curvature: its fee-free value is the root of the product', async () => {
    const base = cases['hmm with flow'];
    const free = { 'hmm.marketFee': [0], 'hmm.riskFee': [0], 'hmm.rho': [0.3, 0.2] };
    const evaluation = await evaluate(inputOf({ ...base, spec: specOf('hmm'), start: free, trained: free }));
    const [from, to] = [split.train[0], split.train[1]];
    const growth = priceAt(to - 1).map((p, i) => Math.sqrt(p / priceAt(from)[i]));
    expect(figure(evaluation, 'constant product', 'train', 'returns')).toBeCloseTo((growth[0] + growth[1]) / 2 - 1, 9);
  });
});

describe('evaluation', () => {
  it('is the same to the bit on the reference target', async () => {
    const { json } = await evaluated('constant weights with flow');
    const other = await evaluate(inputOf(cases['constant weights with flow'], reference));
    expect(JSON.stringify(other.json)).toBe(JSON.stringify(json));
  });

  it('shows how the headline depends on the elasticity, only with a flow', async () => {
    const { report } = await evaluated('tfmm with fee and flow');
    expect(report.sensitivity?.rows.map((r) => r.label)).toEqual(['b = 75', 'b = 150', 'b = 300']);
    const [half, once, twice] = report.sensitivity?.rows.map((r) => r.value) ?? [];
    expect(once).toBe(report.headline.value);
    expect(half).toBeGreaterThan(once as number);
    expect(once).toBeGreaterThan(twice as number);
    expect((await evaluated('tfmm without fee')).report.sensitivity).toBeUndefined();
  });

  it('draws all strategies over all splits from the same start', async () => {
    const { report } = await evaluated('tfmm with fee and flow');
    const rows = split.test[1] - split.train[0];
    expect(report.value.time.length).toBe(rows);
    expect(report.value.time[0]).toBe(report.splits.train[0]);
    expect(report.value.time[rows - 1] + data.interval).toBe(report.splits.test[1]);
    for (const line of report.value.lines) expect(line.values[0]).toBeCloseTo(1e6, 5);
    expect(report.composition.kind).toBe('weights');
    expect(report.fees.lines.map((l) => l.name)).toEqual(['tuned', 'constant weights', 'best fixed fee']);
    expect((await evaluated('tfmm without fee')).report.fees.lines).toEqual([]);
    const hmm = (await evaluated('hmm with flow')).report.composition;
    expect(hmm.series.lines.map((l) => l.name)).toEqual(['BTC', 'ETH', 'credits beside BTC', 'credits beside ETH']);
  });

  it('warns of trained fees, guards and bounds that bind, and passes warnings on', async () => {
    const all = await evaluate({
      ...inputOf(cases['tfmm with fee and flow']),
      bounds: { 'tfmm.fee': [0.001, 0.0061] },
    });
    const text = all.report.warnings.join('\n');
    expect(text).toContain('3 rows were filled');
    expect(text).toContain('tfmm.fee was trained on minute prices');
    expect(text).toContain('tfmm.fee stands at its upper bound 0.0061');
    const guards = all.json.guards as Record<string, number>;
    expect(Object.keys(guards).sort()).toEqual(['maximumChange', 'minimumWeight']);
    for (const [name, share] of Object.entries(guards))
      expect(text.includes(`guard ${name} binds`)).toBe(share >= 0.01);
    expect(Math.max(...Object.values(guards))).toBeGreaterThan(0.01);
    const { report } = await evaluated('tfmm without fee');
    expect(report.warnings.join()).not.toContain('minute prices');
    expect(report.rows.at(-1)?.note).toContain('without flow a fee only defers arbitrage');
  });

  it('takes one parameter set on data that fits', async () => {
    const input = inputOf(cases['constant weights with flow']);
    const complaint = (change: Partial<EvaluationInput>) =>
      evaluate({ ...input, ...change }).then(
        () => 'nothing',
        (e: UserError) => e.message,
      );
    expect(await complaint({ split: { ...split, test: [5000, 5001] } })).toMatch(
      /^evaluate: a test split of at least 2 rows .* got 1;/,
    );
    expect(await complaint({ split: { ...split, test: [5000, 10 ** 6] } })).toMatch(
      /^evaluate: 1000000 rows were expected/,
    );
    expect(await complaint({ raw: new Float64Array(2) })).toMatch(/^evaluate: 6 raw parameters were expected, got 2;/);
    expect(await complaint({ data: { ...data, assets: ['ETH', 'BTC'] } })).toMatch(
      /^evaluate: prices of BTC, ETH were expected/,
    );
  });
});

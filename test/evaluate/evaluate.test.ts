/** Evaluation against independent arithmetic: baselines, continuation, fee grid, sensitivity, cautions. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import type { UserError } from '../../src/errors.js';
import { evaluate } from '../../src/evaluate/evaluate.js';
import { edgeWarnings, FEE_GRID } from '../../src/evaluate/fee-grid.js';
import type { Evaluation, EvaluationInput } from '../../src/evaluate/input.js';
import { computeMetrics } from '../../src/evaluate/metrics.js';
import { renderReport } from '../../src/evaluate/report/index.js';
import { createPoolRollout, poolLayout, type Trajectory } from '../../src/pools/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { cases, data, flow, inputOf, specOf, split } from './evaluate-setup.js';

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
  const rollout = createPoolRollout({ ...spec, objective: registry.objectives.returns }, data, wasm);
  const path = rollout.trajectory(raw, from, to - from, 1);
  rollout.dispose();
  return path;
}

const parts = ['train', 'validation', 'test'] as const;
const hasRule = (name: string) => cases[name].spec.rule !== null;

/** What a case holds over a split: a stretch of one path where a rule runs through, a pool of its own elsewhere. */
function partOf(name: string, part: (typeof parts)[number]): Pick<Trajectory, 'values' | 'reserves' | 'fees'> {
  const [from, to] = split[part];
  if (!hasRule(name)) return pathOf(name, from, to);
  const { values, reserves, fees } = pathOf(name, split.train[0], split.test[1]);
  const [a, b] = [from - split.train[0], to - split.train[0]];
  const width = reserves.length / values.length;
  return {
    values: values.slice(a, b),
    reserves: reserves.slice(a * width, b * width),
    fees: fees.slice(a, b).map((f) => f - fees[a]),
  };
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

  it('draws over the test split what is measured there', async () => {
    const { report } = await evaluated(name);
    const { time, lines } = report.test!;
    expect([time[0], time.length]).toEqual([report.headline.from, split.test[1] - split.test[0]]);
    const growth = (values: Float64Array) => values[values.length - 1] / values[0];
    const held = lines.find((line) => line.name === report.relativeTo)!;
    for (const row of report.rows) {
      const { values } = lines.find((line) => line.name === row.name)!;
      expect(growth(values) - 1).toBeCloseTo(row.metrics.returns!, 12);
    }
    const over = growth(lines[0].values) / growth(held.values) - 1;
    expect(over).toBeCloseTo(report.rows[0].metrics.returns_over_hodl!, 12);
  });

  it('measures each split: of one roll-out where a rule runs through, of a pool of its own elsewhere', async () => {
    const evaluation = await evaluated(name);
    for (const part of parts) {
      const { values, fees } = partOf(name, part);
      const last = values.length - 1;
      expect(figure(evaluation, 'tuned', part, 'returns')).toBeCloseTo(values[last] / values[0] - 1, 13);
      expect(figure(evaluation, 'tuned', part, 'fee_revenue_over_value')).toBeCloseTo(fees[last] / values[0], 13);
    }
    expect(evaluation.report.headline.metric).toBe('daily_log_sharpe');
    expect(evaluation.report.headline.value).toBe(figure(evaluation, 'tuned', 'test', 'daily_log_sharpe'));
  });

  it('restarts a pool that ran through, apart', async () => {
    const { report } = await evaluated(name);
    if (!hasRule(name)) {
      expect(report.restarted).toBeUndefined();
      return;
    }
    const { values } = pathOf(name, split.test[0], split.test[1]);
    expect(report.restarted?.metrics.returns).toBeCloseTo(values[values.length - 1] / values[0] - 1, 13);
    expect(report.restarted?.metrics.returns).not.toBe(report.rows[0].metrics.returns);
  });

  it('holds the reserves at the first row of each split', async () => {
    const evaluation = await evaluated(name);
    const worth = (reserves: Float64Array, row: number) => {
      const assets = priceAt(row).reduce((sum, p, i) => sum + p * reserves[i], 0);
      return reserves.subarray(n).reduce((sum, credits) => sum + credits, assets);
    };
    for (const part of parts) {
      const [from, to] = split[part];
      const { values, reserves: all } = partOf(name, part);
      const reserves = all.subarray(0, all.length / values.length);
      expect(worth(reserves, from)).toBeCloseTo(values[0], 5);
      const held = worth(reserves, to - 1);
      expect(figure(evaluation, 'HODL', part, 'returns')).toBeCloseTo(held / worth(reserves, from) - 1, 12);
      expect(figure(evaluation, 'HODL', part, 'returns_over_hodl')).toBeCloseTo(0, 12);
      const over = values[values.length - 1] / held - 1;
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
    expect(grid.map((g) => g.fee)).toEqual(expect.arrayContaining([...FEE_GRID]));
    const best = grid.reduce((a, b) => (b.metric > a.metric ? b : a));
    // widened until the best has a neighbour on either side
    const { edge, tuned } = json.feeGrid as { edge: null; tuned: { points: { fee: number; metric: number }[] } };
    expect(edge).toBeNull();
    expect([grid[0].fee, grid.at(-1)?.fee]).not.toContain(best.fee);
    expect(report.tunedFeeGrid).toEqual(tuned.points);
    expect(report.rows.at(-1)?.metrics.daily_log_sharpe).toBe(best.metric);
    expect((json.feeGrid as { best: number }).best).toBe(best.fee);
    const { spec, start } = cases[name];
    const fee = `${spec.pool.name}.${spec.pool.name === 'hmm' ? 'marketFee' : 'fee'}`;
    const rollout = createPoolRollout({ ...spec, zeroFee: false }, data, wasm);
    const raw = rollout.layout.raws({ ...start, [fee]: [best.fee] });
    const from = hasRule(name) ? split.train[0] : split.test[0];
    const path = rollout.trajectory(raw, from, split.test[1] - from, 1);
    rollout.dispose();
    const { daily_log_sharpe } = computeMetrics({
      values: path.values.subarray(split.test[0] - from),
      startReserves: path.reserves.slice(0, n),
      prices: data.prices.subarray(split.test[0] * n, split.test[1] * n),
      assets: n,
    });
    expect(daily_log_sharpe).toBeCloseTo(best.metric, 9);
  });

  it('says where each parameter started and ended', async () => {
    const { report } = await evaluated(name);
    const { spec, start, trained } = cases[name];
    expect(report.parameters.map((p) => p.name)).toEqual(poolLayout(spec).entries.map((e) => e.name));
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

describe('return over HODL', () => {
  it.each(['hmm with flow', 'tfmm with fee and flow'])('of %s is by one portfolio in all rows', async (name) => {
    const { json, report } = await evaluated(name);
    const strategies = json.strategies as { name: string; metrics: Record<string, Record<string, number>> }[];
    const held = strategies.find((s) => s.name === 'HODL')?.metrics as Record<string, Record<string, number>>;
    for (const { metrics } of strategies) {
      for (const part of parts) {
        const { returns, returns_over_hodl } = metrics[part];
        expect(returns_over_hodl).toBeCloseTo((1 + returns) / (1 + held[part].returns) - 1, 12);
      }
    }
    const uniform = report.rows.find((r) => r.name === 'uniform HODL')?.metrics;
    expect(uniform?.returns_over_own_hodl).toBeCloseTo(0, 12);
    expect(report.rows[0].metrics.returns_over_own_hodl).toBe(report.rows[0].metrics.returns_over_hodl);
    // who earns more is ahead: the order of both columns is one
    const order = (metric: string) =>
      [...report.rows].sort((a, b) => (b.metrics[metric] as number) - (a.metrics[metric] as number)).map((r) => r.name);
    expect(order('returns_over_hodl')).toEqual(order('returns'));
  });
});

describe('fee grid', () => {
  it('says where the best is at the edge, however wide it is', () => {
    const points = [1e-6, 5e-6].map((fee, i) => ({ fee, metric: 1 - i }));
    const tuned = { points, edge: null };
    expect(edgeWarnings({ points, edge: 'lowest', best: null, tuned })).toEqual([
      'The best fixed fee of the untuned pool is 0.01 bps: it is the lowest fee that was tried: a lower one may do better.',
    ]);
    expect(edgeWarnings({ points, edge: null, best: null, tuned })).toEqual([]);
    expect(edgeWarnings(null)).toEqual([]);
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
    for (const [name, fee, from] of [
      ['tfmm with fee and flow', trained['tfmm.fee'], split.train[0]],
      ['constant weights with flow', [0.0047], split.test[0]],
    ] as const) {
      const rollout = createPoolRollout({ ...specOf('constant-weight'), flow: registry.flows.elastic }, data, wasm);
      const elastic = Object.fromEntries(Object.entries(trained).filter(([key]) => key.startsWith('elastic')));
      const raw = rollout.layout.raws({ ...elastic, 'constant-weight.fee': fee });
      const { values } = rollout.trajectory(raw, from, split.test[1] - from, 1);
      rollout.dispose();
      const start = values[split.test[0] - from];
      const got = figure(await evaluated(name), 'constant weights', 'test', 'returns');
      expect(got).toBeCloseTo(values[values.length - 1] / start - 1, 12);
    }
  });

  it('has the arbitrageurs of the tuned pool', async () => {
    const given = cases['tfmm with fee and flow'];
    const rare = { arbitrageEvery: 45, arbitrageCosts: 1 };
    const trained: Record<string, readonly number[]> = {
      ...given.trained,
      'tfmm.gas': [20],
      'tfmm.outsideFee': [0.0005],
    };
    const evaluation = await evaluate(
      inputOf({ ...given, trained, spec: specOf('tfmm', { ...flow, settings: rare }) }),
    );
    const rollout = createPoolRollout(specOf('constant-weight', { ...flow, settings: rare }), data, wasm);
    const kept = Object.entries(given.trained).filter(([key]) => key.startsWith('elastic'));
    const raw = rollout.layout.raws({
      ...Object.fromEntries(kept),
      'constant-weight.fee': trained['tfmm.fee'],
      'constant-weight.gas': trained['tfmm.gas'],
      'constant-weight.outsideFee': trained['tfmm.outsideFee'],
    });
    const from = split.train[0];
    const { values } = rollout.trajectory(raw, from, split.test[1] - from, 1);
    rollout.dispose();
    const wanted = values[values.length - 1] / values[split.test[0] - from] - 1;
    expect(figure(evaluation, 'constant weights', 'test', 'returns')).toBeCloseTo(wanted, 12);
    const always = figure(await evaluated('tfmm with fee and flow'), 'constant weights', 'test', 'returns');
    expect(Math.abs(wanted - (always as number))).toBeGreaterThan(1e-9);
  });

  it('of a pool without weights has equal ones, its fee and its arbitrageurs', async () => {
    const { trained } = cases['e-clp with flow'];
    const rollout = createPoolRollout(
      specOf('constant-weight', { ...flow, settings: { arbitrageEvery: 2 } }),
      data,
      wasm,
    );
    const elastic = Object.fromEntries(Object.entries(trained).filter(([key]) => key.startsWith('elastic')));
    const raw = rollout.layout.raws({ ...elastic, 'constant-weight.fee': trained['e-clp.fee'] });
    const [from, to] = split.test;
    const { values } = rollout.trajectory(raw, from, to - from, 1);
    rollout.dispose();
    const got = figure(await evaluated('e-clp with flow'), 'constant weights', 'test', 'returns');
    expect(got).toBeCloseTo(values[values.length - 1] / values[0] - 1, 12);
  });

  it('of a pool whose weights are no constant-weight pool’s is one, at the weights that training started from', async () => {
    const { trained } = cases['fm-amm with flow'];
    const rollout = createPoolRollout(specOf('constant-weight', flow), data, wasm);
    const elastic = Object.fromEntries(Object.entries(trained).filter(([key]) => key.startsWith('elastic')));
    const raw = rollout.layout.raws({ ...elastic, 'constant-weight.fee': trained['fm-amm.fee'] });
    const [from, to] = split.test;
    const { values } = rollout.trajectory(raw, from, to - from, 1);
    rollout.dispose();
    const got = figure(await evaluated('fm-amm with flow'), 'constant weights', 'test', 'returns');
    expect(got).toBeCloseTo(values[values.length - 1] / values[0] - 1, 12);
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
    expect(report.sensitivity?.rows.map((r) => r.label)).toEqual(['b = 75', 'b = 150, as trained', 'b = 300']);
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
    expect((await evaluated('hmm with flow')).report.afresh).toBe(true);
    expect(report.afresh).toBeUndefined();
    expect(hmm.series.lines.map((l) => l.name)).toEqual(['BTC', 'credits beside BTC', 'ETH', 'credits beside ETH']);
    // the pool of the first split is that of the model; those after it start with what the one before is worth
    const { reserves, values } = partOf('hmm with flow', 'train');
    const [psi, theta] = [hmm.series.lines[2].values, hmm.series.lines[3].values];
    const end = values.length - 1;
    expect([psi[end], theta[end]]).toEqual([reserves[4 * end + 1], reserves[4 * end + 3]]);
    const worth = (await evaluated('hmm with flow')).report.value.lines[0].values;
    const scale = worth[end + 1] / partOf('hmm with flow', 'validation').values[0];
    const next = partOf('hmm with flow', 'validation').reserves;
    expect([psi[end + 1], theta[end + 1]]).toEqual([scale * next[1], scale * next[3]]);
    const through = pathOf('hmm with flow', split.train[0], split.train[1] + 1);
    expect(worth[end + 1]).toBeCloseTo(through.values[end + 1], 6);
  });

  it('tells fees from the slope of one', async () => {
    const { report } = await evaluated('hmm with flow');
    const units = Object.fromEntries(report.parameters.map((p) => [p.name, p.unit]));
    expect([units['hmm.marketFee'], units['hmm.riskFee']]).toEqual(['fraction', '1']);
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

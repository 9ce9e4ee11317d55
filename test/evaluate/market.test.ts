/** The pictures of a compute market: what they are made of, and that they stand on the page. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runEvaluate, runTrain } from '../../src/app/index.js';
import { columnIn, recovery, shockOf, traceOf } from '../../src/evaluate/market/trace.js';
import { labelsOf } from '../../src/evaluate/windows/figures.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { completeSpec, type RolloutSpec } from '../../src/rollout/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';

const spec: RolloutSpec = completeSpec({
  assets: ['gpu', 'cpu'],
  clock: { interval: 60_000 },
  source: { kind: 'drawn', model: registry.sources.gbm, settings: {}, seed: 5 },
  system: registry.systems['compute-market'],
  objective: registry.objectives.lp_hedged_return,
  penalties: [],
  settings: { workers: 1, classes: 1, reliability: 1 },
});
const windows = { windows: Int32Array.of(1), windowRows: 481 };
const values = {
  'compute-market.supply1': [20, 20],
  'compute-market.supplyElasticity': [3],
  'compute-market.require1': [2, 2],
  'compute-market.arrivals1': [10],
  'compute-market.limit1': [0.9],
  'compute-market.elasticity1': [3],
};

describe('what numbers are called', () => {
  it('tells worker and job classes from resources, also where there are as many of them', () => {
    const settings = { workers: 2, classes: 2, reliability: 1 };
    const two = completeSpec({ ...spec, settings });
    const rollout = createRollout(two, null, wasm, { threads: 1 });
    const { observed } = rollout.path(rollout.layout.raws({}), 0, 3, 2);
    rollout.dispose();
    const labels = Object.fromEntries(
      Object.entries(observed).map(([name, values]) => [name, labelsOf(name, values.length / 2, two)]),
    );
    expect(labels.compute).toEqual(['compute gpu', 'compute cpu']);
    expect(labels.raw).toEqual(
      ['gpu outside', 'gpu worker 1', 'gpu worker 2', 'cpu outside', 'cpu worker 1', 'cpu worker 2'].map(
        (l) => `raw ${l}`,
      ),
    );
    expect(labels.bond).toEqual(['bond worker 1', 'bond worker 2']);
    expect(labels.filled).toEqual(['filled job 1', 'filled job 2']);
    expect(labels.flightPay.slice(1, 3)).toEqual(['flightPay job 1 cpu', 'flightPay job 2 gpu']);
    // the system's own labels are as many as there are numbers
    for (const [name, values] of Object.entries(observed)) {
      const own = two.system.labels?.(name, two.settings, two.assets);
      if (own) expect([name, own.length]).toEqual([name, values.length / 2]);
    }
  });
});

describe('one window', () => {
  const rollout = createRollout(spec, null, wasm, { threads: 1 });
  const raw = rollout.layout.raws(values);
  const trace = traceOf(rollout, raw, windows);

  it('is the path of the roll-out at every other step', () => {
    expect(trace.steps.length).toBe(241);
    const path = rollout.path(raw, 1, 481, 1).observed;
    expect([...columnIn(trace, 'price', 1)]).toEqual(Array.from({ length: 241 }, (_, t) => path.price[4 * t + 1]));
    rollout.dispose();
  });
  it('is shaken by a shock, and comes back', () => {
    const initial = rollout.layout.raws({ ...values, 'compute-market.rho': [0.6, 0.6] });
    const shock = shockOf(spec, wasm, { threads: 1 }, { raw, initial, windows });
    if (shock === null) throw new Error('a shock was expected');
    // nothing happens before; then (y + ρx)/(x + ρy) with y = 1, x = .9
    const jump = (rho: number) => (1 + 0.9 * rho) / (0.9 + rho) - 1;
    for (const [off, rho] of [
      [shock.tuned, 0.05],
      [shock.start, 0.6],
    ] as const) {
      off.forEach((values) => {
        expect(values[29]).toBe(0);
        expect(Math.max(...values)).toBeGreaterThan(0.6 * jump(rho));
        expect(Math.max(...values)).toBeLessThan(1.2 * jump(rho));
        expect(recovery(shock.steps, values)).toBeGreaterThan(0);
      });
    }
  });
  it('has recovered once it stays near', () => {
    const steps = Float64Array.of(-1, 0, 1, 2, 3);
    expect(recovery(steps, Float64Array.of(0, 0.9, 0.004, 0.06, 0.01))).toBe(3);
    expect(recovery(steps, Float64Array.of(0, 0.9, 0.4, 0.1, 0.2))).toBeNull();
    expect(recovery(steps, Float64Array.of(0, 0.001, 0.002, 0, 0))).toBe(0);
  });
});

describe('the page of an evaluation', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'poolgrad-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('shows a market beside others, as it went, and a shock', async () => {
    const out = join(folder, 'market.json');
    const counts = ['train=2', 'validation=2', 'test=3', 'length=300'].map((x) => `data.scenarios.${x}`);
    const config = 'configs/compute-market.yaml';
    const set = [...counts, 'train.windows=2', 'train.iterations=2', 'run.threads=1'];
    const trained = await runTrain({ config, out, set, json: true, signal: new AbortController().signal });
    expect((trained.json as { constraints: unknown[] }).constraints).toHaveLength(2);
    const page = join(folder, 'market.html');
    const { json } = await runEvaluate({ checkpoint: out, out: page, json: true });
    const { figures } = json as { figures: Record<string, { kind: string }> };
    expect([figures.lp_hedged_return, figures.clientCost, figures['price gpu']].map((f) => f.kind)).toEqual([
      ...['objective', 'measured', 'observed'],
    ]);
    const { beside } = json as { beside: Record<string, { figures: Record<string, { mean: number } | null> }> };
    expect(Object.keys(beside)).toEqual([
      ...['tuned', 'before training', 'papers’ defaults', 'constant product', 'oracle pool', 'fresh oracle'],
    ]);
    expect(Object.values(beside).every((x) => Number.isFinite(x.figures.clientCost?.mean))).toBe(true);
    const html = await readFile(page, 'utf8');
    for (const title of [
      'Beside others',
      'One window',
      'Pool less outside price',
      'Fees so far',
      'Tokens',
      'Reliabilities',
    ]) {
      expect(html).toContain(title);
    }
    expect(html.match(/Shock: /g)?.length).toBeGreaterThanOrEqual(5);
    expect(html).not.toContain('NaN');
  });
});

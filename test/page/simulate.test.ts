/** The page's simulation: its figures are those of an evaluation of the same config on the same rows, but for rounding. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { initialRaw } from '../../src/app/prepared.js';
import { specOf } from '../../src/app/rollout.js';
import { openInMemory, registry } from '../../src/entries/browser.js';
import { constantPool, hodl, uniformHodl } from '../../src/evaluate/baselines.js';
import { courseOf, heldPrices, metricsOf, record } from '../../src/evaluate/path.js';
import { Work } from '../../src/evaluate/work.js';
import type { PoolRollout } from '../../src/pools/rollout.js';
import { Common } from '../../src/rollout/common.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { datasetOf } from '../../web/src/engine/datasets.js';
import type { Drawn } from '../../web/src/engine/drawing.js';
import { type Group, modelHandlers } from '../../web/src/engine/models.js';
import { opened } from '../../web/src/engine/opened.js';
import { rolloutOf } from '../../web/src/engine/rollouts.js';
import { type Exact, simulateHandlers } from '../../web/src/engine/simulate.js';
import type { DataRef, Document, Part } from '../../web/src/state.js';

const data: DataRef = {
  from: 'drawn',
  model: { kind: 'gbm' },
  assets: ['A', 'B'],
  days: 60,
  interval: 60_000,
  seed: 3,
};
const train = { windowDays: 5 };

async function simulated(config: Document, part: Part, signal = new AbortController().signal, on: DataRef = data) {
  let told: Drawn | undefined;
  const turn = {
    signal,
    tell: (event: Drawn) => {
      told = event;
    },
  };
  const exact = (await simulateHandlers.simulate({ config, data: on, part, asset: 0 }, turn)) as Exact | null;
  return { drawn: told as Drawn, exact };
}

/**
 * In an evaluation a pool without a rule starts each split with what the one before came to, so its numbers are those of the page
 * times a factor.
 */
const ROUNDING = 1e-10;

/** Wants no more than the drawing. */
const GONE = AbortSignal.abort();

const flow = { kind: 'elastic', v0: 0.0005 };
const CONFIGS: Record<string, Document> = {
  'constant weights': { pool: { kind: 'constant-weight', weights: [0.7, 0.3], fee: 0.003 }, flow, train },
  'a rule': {
    pool: { kind: 'tfmm', fee: 0.002 },
    rule: { kind: 'momentum' },
    flow,
    train,
    objective: 'daily_log_sharpe',
  },
  'a curve of its own': { pool: { kind: 'e-clp' }, flow, train, objective: 'hedged_returns' },
  'a Hamiltonian pool': { pool: { kind: 'hmm' }, flow, train, objective: 'returns' },
};

/** The figures of the test split as `evaluate` makes them. */
async function evaluated(document: Document) {
  const dataset = await datasetOf(data);
  const { config, recorded: rows } = openInMemory({ ...document, data: { file: 'x' } }, registry, dataset);
  if (config.kind !== 'pool' || rows === null) throw new Error('a pool on rows was expected');
  const spec = specOf(config);
  const common = new Common(wasm);
  const { split } = rows;
  const of = await opened(document, data);
  const rollout = rolloutOf(of);
  const raw = initialRaw(config, rollout.layout);
  const recorded = (pool: PoolRollout, set: Float64Array) => record(pool, set, courseOf(spec, split));
  const path = recorded(rollout, raw);
  const held = heldPrices(dataset, path.reserves.length / path.values.length);
  const work = new Work(1, () => {});
  const setting = {
    spec,
    data: dataset,
    target: wasm,
    threads: 1,
    split,
    recorded,
    held,
    rollout,
    raw,
    initial: raw,
    path,
    metric: 'returns',
    common,
    work,
  };
  return {
    own: metricsOf(path, held, split.test),
    hodl: hodl(setting),
    uniform: uniformHodl(setting),
    constant: constantPool(setting),
  };
}

describe.each(Object.entries(CONFIGS))('%s', (name, config) => {
  it('has the figures of an evaluation, and so has what it is shown beside', async () => {
    const { exact } = await simulated(config, 'test');
    const wanted = await evaluated(config);
    const rows = [wanted.own, wanted.hodl.metrics.test, wanted.uniform.metrics.test];
    // a pool of constant weights is its own rival
    if (name !== 'constant weights') rows.push(wanted.constant!.metrics.test);
    expect(exact!.lines).toHaveLength(rows.length);
    for (const figure of [exact!.objective, ...exact!.metrics]) {
      figure.values.forEach((value, i) => {
        const told = rows[i][figure.name];
        const isSame = value === told || Math.abs(value! - told!) <= ROUNDING * Math.max(1, Math.abs(told!));
        expect([figure.name, exact!.lines[i], isSame, value, told]).toEqual([
          figure.name,
          exact!.lines[i],
          true,
          value,
          told,
        ]);
      });
    }
  });
  it('draws ends that are those of the path, and a gradient that is that of the roll-out', async () => {
    const { drawn, exact } = await simulated(config, 'all');
    const of = await opened(config, data);
    const rollout = rolloutOf(of);
    const raw = initialRaw(of.config, rollout.layout);
    const from = of.split.train[0];
    const rows = of.dataset.rows - from;
    const path = rollout.trajectory(raw, from, rows, 1);
    expect(drawn.figures.end).toBe(path.values[rows - 1]);
    expect(drawn.figures.fees).toBe(path.fees[rows - 1]);
    expect(drawn.figures.losses).toBe(path.losses[rows - 1]);
    expect(drawn.time.length).toBeLessThanOrEqual(482);
    for (const line of drawn.lines) expect(line.values).toHaveLength(drawn.time.length);
    expect(exact!.gradient).toEqual(rollout.gradient(raw, Int32Array.of(from), rows).gradient);
  });
});

describe('a simulation', () => {
  it('that the page no longer wants ends after its drawing', async () => {
    const controller = new AbortController();
    controller.abort();
    const { drawn, exact } = await simulated(CONFIGS['a rule'], 'all', controller.signal);
    expect(drawn.lines[0].name).toBe('pool');
    expect(exact).toBeNull();
  });
  it('leaves nothing at the signal', async () => {
    const { signal } = new AbortController();
    expect((await simulated(CONFIGS['constant weights'], 'all', signal)).exact).not.toBeNull();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
  it('of a config that is wrong says where', async () => {
    const wrong = simulated({ ...CONFIGS['a rule'], pool: { kind: 'tfmm', fee: 2 } }, 'all');
    await expect(wrong).rejects.toMatchObject({ path: ['pool', 'fee'] });
  });
  it('of a file that is not here says so', async () => {
    const missing: DataRef = { from: 'file', name: 'mine.csv', hash: '00' };
    await expect(datasetOf(missing)).rejects.toThrow(/mine\.csv is a file of yours/);
  });
});

/** What the page offers: each is simulated beside what is usual. */
describe('every shipped', async () => {
  const catalogue = (await modelHandlers.catalogue(null, {} as never))!;
  const short: DataRef = { ...data, days: 24, interval: 300_000 };
  const brief = { windowDays: 3 };
  const ends = async (config: Document, on: DataRef = short) => {
    const { drawn } = await simulated({ ...config, train: brief, objective: 'returns' }, 'all', GONE, on);
    expect(drawn.lines.length).toBeGreaterThan(2);
    for (const { values } of drawn.lines) expect(values.every((v) => Number.isFinite(v) && v > 0)).toBe(true);
    return drawn;
  };
  // what supplies say is no part of drawn prices
  it.each(Object.keys(registry.rules).filter((kind) => kind !== 'market-cap'))('rule: %s', async (kind) => {
    const { weights } = await ends({ pool: { kind: 'tfmm', fee: 0.001 }, rule: { kind }, flow });
    expect(weights).not.toBeNull();
  });
  it.each(
    Object.keys(registry.pools).flatMap((pool) => Object.keys(registry.flows).map((kind) => [pool, kind])),
  )('pool and flow: %s, %s', async (pool, kind) => {
    const { start } = catalogue.flows.find(({ name }) => name === kind)!;
    const { curve } = await ends({ pool: { kind: pool }, flow: { kind, ...start } });
    expect(curve!.x[0]).toBeGreaterThan(curve!.x.at(-1)!);
  });
  it.each(Object.keys(registry.feeLaws))('law of fees: %s', async (kind) => {
    await ends({ pool: { kind: 'constant-weight' }, feeLaw: { kind }, flow });
  });
  it.each(Object.keys(registry.sources))('process: %s', async (kind) => {
    const assets = kind === 'challenge-market' ? ['A'] : ['A', 'B'];
    const pool = assets.length === 1 ? { kind: 'hmm' } : { kind: 'constant-weight' };
    await ends({ pool, flow }, { ...short, model: { kind }, assets });
  });
  it('number of assets up to eight', async () => {
    const { reserveNames } = await ends({ pool: { kind: 'constant-weight' } }, { ...short, assets: [...'ABCDEFGH'] });
    expect(reserveNames).toHaveLength(8);
  });
});

/** A slider for each number, on which what is set lies, but a value of 0 on a scale that has none. */
function hasSliders({ parameters }: Group): void {
  for (const { key, scale, value } of parameters) {
    const { values } = scale;
    const isAscending = values.every((x, k) => k === 0 || x >= values[k - 1]);
    expect([key, isAscending, values.length]).toEqual([key, true, 401]);
    const least = values[0] - 1e-3 * Math.abs(values[0]) - 1e-9;
    const most = values[400] + 1e-3 * Math.abs(values[400]) + 1e-9;
    expect([key, value.every((x) => x === 0 || (least <= x && x <= most))]).toEqual([key, true]);
  }
}

describe('the choices', () => {
  it('have the objectives that a pool can be scored by', async () => {
    const { objectives } = (await modelHandlers.catalogue(null, {} as never))!;
    const names = objectives.map(({ name }) => name);
    expect(names).toContain('daily_log_sharpe');
    expect(names.length).toBeGreaterThan(25);
    expect(names.filter((name) => ['maker_pnl', 'edge', 'client_cost'].includes(name))).toEqual([]);
  });
});

describe('the form', () => {
  it.each(Object.keys(registry.pools))('of %s has a slider for each of its parameters', async (kind) => {
    const form = await modelHandlers.describe({ config: { pool: { kind }, flow, train }, data }, {} as never);
    form!.groups.forEach(hasSliders);
  });
  it.each(
    Object.keys(registry.sources),
  )('of prices drawn by %s has one for each number of the process', async (kind) => {
    const ref = { ...data, model: { kind }, assets: kind === 'challenge-market' ? ['A'] : ['A', 'B'] };
    const there = await modelHandlers.prices(ref, {} as never);
    const { kind: named, parameters, settings } = there!.process!;
    hasSliders(there!.process!);
    expect([named, parameters.length + settings.length > 0]).toEqual([kind, true]);
  });
  it('changes what is drawn', async () => {
    const spreadOf = async (sigma: number) => {
      const ref = { ...data, assets: ['A'], model: { kind: 'gbm', sigma: [sigma], mu: [0] } };
      const logs = (await datasetOf(ref)).prices.map(Math.log);
      const moves = logs.subarray(1).map((x, t) => x - logs[t]);
      return Math.sqrt(moves.reduce((sum, x) => sum + x * x, 0) / moves.length) * Math.sqrt(365 * 1440);
    };
    // 86,400 moves: within five standard errors, and what float32 rounds
    expect(await spreadOf(0.5)).toBeCloseTo(0.5, 1);
    expect(await spreadOf(1.5)).toBeCloseTo(1.5, 1);
  });
});

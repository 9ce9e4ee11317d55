import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registry } from '../../kernels/index.js';
import { specOf } from '../../src/app/rollout.js';
import { type PoolConfig, resolveConfig } from '../../src/config/index.js';
import { ParameterLayout } from '../../src/rollout/layout.js';
import { poolOf } from './pool.js';

const assets = ['SYNA', 'SYNB'];
const resolve = (yaml: string): PoolConfig => poolOf(resolveConfig(parse(yaml), registry, { assets }));

const FLOW = 'flow: { kind: elastic, v0: 0.001 }';
const full = `
data: { file: prices.arrow, assets: [SYNB, SYNA] }
pool:
  kind: hmm
  rho: { value: { SYNA: 0.1, SYNB: 0.2 }, bounds: [0.01, 0.5] }
  riskFee: { train: false }
${FLOW}
objective: { kind: returns, penalty: { kind: drawdown, weight: 0.5 } }
train: { windowDays: 2.5, optimizer: adamw }
run: { memory: 512MiB, threads: 2 }
`;

describe('resolveConfig', () => {
  it('needs nothing but data and a pool', () => {
    const config = resolve('data: prices.arrow\npool: tfmm');
    expect(config.rule?.model.name).toBe('momentum');
    expect(config.flow).toBeNull();
    expect(config.objective.name).toBe('daily_log_sharpe');
    expect(config.parameters['tfmm.initialWeights']).toEqual({ value: [0.5, 0.5], train: false, bounds: null });
    expect(config.parameters['momentum.memoryDays']).toEqual({ value: [10, 10], train: true, bounds: null });
    expect(config.train).toMatchObject({ sets: 8, windows: 4, optimizer: 'adam', schedule: 'cosine', seed: 1 });
    expect(config.windowRows).toBe(20 * 1440);
    expect(config.data).toMatchObject({ split: { train: 0.6, burnInRows: 14_400, windowRows: 28_800, minRows: 2881 } });
    expect(config.run).toEqual({ device: 'auto', threads: 0, memory: 2e9, route: 'auto' });
  });

  it('takes parameters by asset, in the order of the pool, with bounds and flags', () => {
    const config = resolve(full);
    expect(config.assets).toEqual(['SYNB', 'SYNA']);
    expect(config.parameters['hmm.rho']).toEqual({ value: [0.2, 0.1], train: true, bounds: [0.01, 0.5] });
    expect(config.parameters['hmm.riskFee'].train).toBe(false);
    expect(config.notes).toEqual([]);
    expect(config.parameters['elastic.v0']).toEqual({ value: [0.001], train: false, bounds: null });
    expect(config.penalty).toMatchObject({ model: registry.objectives.drawdown, weight: 0.5 });
    expect(config.windowRows).toBe(3600);
    expect(config.run.memory).toBe(512 * 2 ** 20);
  });

  it('names parameters as the layout does', () => {
    const config = resolve(full);
    const layout = new ParameterLayout(
      config.parts.map(({ model, declared }) => ({ prefix: model.name, parameters: declared })),
      config.assets,
    );
    expect(layout.entries.map((e) => e.name)).toEqual(Object.keys(config.parameters));
  });

  it.each([
    ['data: prices.arrow\npool: tfmm'],
    [full],
  ])('gives the same when its plain form is resolved again', (yaml) => {
    const config = resolve(yaml);
    const stored = JSON.parse(JSON.stringify(config.plain));
    const again = resolveConfig(stored, registry, { assets });
    expect(again.plain).toEqual(config.plain);
    for (const [key, { value, train, bounds }] of Object.entries(config.parameters)) {
      expect(again.parameters[key]).toMatchObject({ value, train, bounds });
    }
  });

  it('keeps no default open in its plain form', () => {
    const { plain } = resolve('data: prices.arrow\npool: tfmm');
    expect(plain.rule).toMatchObject({
      kind: 'momentum',
      chunkPeriod: 1440,
      interpolation: 'linear',
      k: { train: true },
    });
    expect(plain.data).toEqual({ file: 'prices.arrow', assets });
  });

  it('reads names of choices, and truth values of flags', () => {
    const rule = (text: string) => resolve(`data: a\npool: tfmm\nrule: { kind: momentum, ${text} }`).rule?.settings;
    expect(rule('interpolation: approx_optimal')?.interpolation).toBe(1);
    expect(rule('compat: yes')?.compat).toBe(1);
    expect(rule('compat: true')?.compat).toBe(1);
    expect(rule('compat: false')?.compat).toBe(0);
    const hmm = resolve(`data: a\npool: { kind: hmm, dynamicCurvature: on }\n${FLOW}`);
    expect(hmm.pool.settings.dynamicCurvature).toBe(1);
    expect(hmm.parameters['hmm.alpha']).toEqual({ value: [0], train: true, bounds: null });
  });

  it('takes the closed forms of a pool without a fee where its arbitrageurs come every minute', () => {
    const closed = (text: string) => specOf(resolve(`data: a\npool: { kind: tfmm, ${text} }`)).zeroFee;
    expect(closed('fee: 0')).toBe(true);
    expect(closed('fee: 0.001')).toBe(false);
    expect(closed('fee: 0, arbitrageEvery: 2')).toBe(false);
    expect(closed('fee: 0, arbitrageCosts: on, gas: 5')).toBe(false);
  });

  it('counts entries without a value as left out', () => {
    const config = resolve('data: a\npool: tfmm\nflow:\nrule:\n  kind: momentum\n  k:\ntrain:');
    expect(config.flow).toBeNull();
    expect(config.parameters['momentum.k'].value).toEqual([1, 1]);
    expect(config.train.sets).toBe(8);
  });

  it('makes the sum of weights 1 when decimals were cut short', () => {
    const config = resolve('data: a\npool: { kind: constant-weight, weights: [0.333, 0.666] }');
    const [a, b] = config.parameters['constant-weight.weights'].value;
    expect(a + b).toBe(1);
    expect(a).toBeCloseTo(1 / 3, 12);
  });

  describe('what is trained', () => {
    it('is fees and depth only if volume answers to them', () => {
      const without = resolve('data: a\npool: hmm');
      expect(Object.values(without.parameters).some((p) => p.train)).toBe(false);
      expect(without.notes.join('\n')).toContain('hmm.rho stays at 0.05, 0.05');
      const withFlow = resolve(`data: a\npool: hmm\n${FLOW}`);
      expect(withFlow.parameters['hmm.rho'].train).toBe(true);
      expect(withFlow.parameters['hmm.marketFee'].train).toBe(true);
      expect(withFlow.notes).toEqual([]);
    });

    it('is never a fee of 0, which switches fees off', () => {
      const config = resolve(`data: a\npool: { kind: hmm, marketFee: 0 }\n${FLOW}`);
      expect(config.parameters['hmm.marketFee']).toEqual({ value: [0], train: false, held: true, bounds: null });
      expect(config.notes).toHaveLength(1);
    });

    it('is a fee that is asked for with a flow', () => {
      const config = resolve(`data: a\npool: { kind: tfmm, fee: { value: 0.003, train: true } }\n${FLOW}`);
      expect(config.parameters['tfmm.fee'].train).toBe(true);
    });
  });

  it('lets a pool that needs no second asset have one', () => {
    const config = resolve('data: { file: a, assets: [SYNA] }\npool: { kind: hmm, rho: 0.2 }');
    expect(config.parameters['hmm.rho'].value).toEqual([0.2]);
  });
});

describe('a fee that is trained behind gas', () => {
  const notes = (pool: string) =>
    resolve(
      `data: p.arrow\npool: { kind: constant-weight, fee: { train: true }, arbitrageCosts: on, ${pool} }\nflow: { kind: elastic, v0: 1e-3 }`,
    ).notes;

  it('is told where the gas is a step, and only there', () => {
    expect(notes('gas: 5')).toEqual([
      'constant-weight.fee is trained behind gas that is a step, so its gradient lacks the trades that cease or set in: add gasGate: 0.1',
    ]);
    expect(notes('gas: 5, gasGate: 0.2')).toEqual([]);
    expect(notes('gas: 0')).toEqual([]);
  });
});

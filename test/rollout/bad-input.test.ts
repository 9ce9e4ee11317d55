/** What createPoolRollout and a roll-out refuse, and what they say then. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { createPoolRollout, type PoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { type Changed, flows, objectives, pools, rawSets, rules, specOf, walk } from './setup.js';

const N = 2;
const ROWS = 400;
const data = walk(N, ROWS, 0.002);
const VALUES = {
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'hmm.rho': 0.3,
  'elastic.v0': 1e-3,
};

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;
const of = (part: Part, settings: Changed = {}): PoolRollout =>
  createPoolRollout(specOf(data, part, settings), data, wasm, { threads: 1 });

/** Expects an error of this class and message. */
function expectError(act: () => unknown, kind: new (message: string) => Error, message: string): void {
  expect(act).toThrow(kind);
  expect(act).toThrow(message);
}

describe('models that do not go together', () => {
  it('a pool that needs a rule', () => {
    expectError(
      () => of({ pool: pools.tfmm, rule: null }),
      UserError,
      'rollout: a rule was expected for the pool tfmm, got none; add rule: {kind: momentum}',
    );
  });

  it.each(['hmm', 'constant-weight'])('a rule for %s', (pool) => {
    expectError(
      () => of({ pool: pools[pool], rule: rules.momentum }),
      UserError,
      `rollout: no rule was expected for the pool ${pool}, got momentum; remove the rule or use kind: tfmm`,
    );
  });

  it('turnover without a rule', () => {
    const turnover = { model: objectives.turnover, weight: 1 };
    expectError(
      () => of({ pool: pools.hmm, penalties: [turnover] }),
      UserError,
      'rollout: turnover measures the weights that a rule moves, but hmm has no rule; use another penalty',
    );
  });

  it('quotes of a pool without', () => {
    expectError(
      () => of({ pool: pools.tfmm, objective: objectives.tracking_error }),
      UserError,
      'rollout: tracking_error measures the prices at which a pool trades for the numéraire, but tfmm has none of its own; use another objective',
    );
  });

  it('an objective that folds without samples', () => {
    const blind: ObjectiveModel = { ...objectives.daily_log_sharpe, every: 0 };
    const rollout = of({ pool: pools.hmm, objective: blind });
    expectError(
      () => rollout.value(rawSets(rollout.spec, VALUES), Int32Array.of(0), 100),
      TypeError,
      'objective daily_log_sharpe: fold needs samples, but every is 0',
    );
  });

  it.each([
    ['tfmm', ['A0'], 2],
    ['constant-weight', ['A0'], 2],
    ['hmm', [], 1],
  ])('too few assets for %s', (name, assets: string[], least) => {
    expectError(
      () => createPoolRollout({ ...specOf(data, { pool: pools[name] }), assets }, { ...data, assets }, wasm),
      UserError,
      `rollout: ${least} assets or more were expected for the pool ${name}, got ${assets.length}; name more`,
    );
  });

  it.each([0, -1, Number.NaN, Infinity])('a pool value of %f', (value) => {
    expectError(
      () => of({ pool: pools.hmm, value }),
      UserError,
      `rollout: a pool value above 0 was expected, got ${value}`,
    );
  });

  const path: [Changed, string][] = [
    [{ chunkPeriod: 30.5 }, 'setting chunkPeriod must be a whole number of minutes, got 30.5; round it'],
    [
      { weightInterpolationPeriod: 2.5 },
      'setting weightInterpolationPeriod must be a whole number of minutes, got 2.5',
    ],
    [{ chunkPeriod: 10 }, 'setting weightInterpolationPeriod must be at most chunkPeriod = 10, got 20; shorten it'],
    [{ minimumWeight: 0.5 }, 'setting minimumWeight must be below 1/2 for 2 assets, got 0.5; lower it'],
    [{ maximumChange: 0 }, 'setting maximumChange must be in [1e-9, 1], got 0'],
  ];
  it.each(path)('the settings of a path %j', (settings, message) => {
    expectError(() => of({ pool: pools.tfmm }, settings), UserError, `rollout: ${message}`);
  });

  it('threads that are none', () => {
    const spec = specOf(data, { pool: pools.hmm });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 0 });
    expectError(
      () => rollout.value(rawSets(spec, VALUES), Int32Array.of(0), 100),
      UserError,
      'threads: a whole number from 1 was expected, got 0; leave it out to use all cores',
    );
  });

  it.each([
    // rows of 2 assets also make rows of 3, as many as 400·7/10
    ['another number of assets', { ...data, assets: ['A0', 'A1', 'A2'] }],
    ['the assets in another order', { ...data, assets: ['A1', 'A0'] }],
  ])('prices of %s', (_, { assets }) => {
    const spec = { ...specOf(data, { pool: pools.hmm }), assets };
    expectError(
      () => createPoolRollout(spec, data, wasm, { threads: 1 }),
      UserError,
      `rollout: prices of ${assets.join(', ')} were expected, in this order, got A0, A1; choose the columns of the data with selectAssets`,
    );
  });

  const changed = (i: number, x: number) => data.prices.map((p, k) => (k === i ? x : p));
  it.each([
    [
      'fewer prices than rows',
      { ...data, rows: ROWS + 1 },
      'rollout: 802 prices were expected, 2 in each of 401 rows, got 800; give as many as there are rows and assets',
    ],
    ['no prices', { ...data, rows: 0, prices: new Float64Array(0) }, 'prices were expected'],
    [
      'fewer volumes than prices',
      { ...data, volume: new Float64Array(ROWS) },
      'rollout: 800 volumes were expected, 2 in each of 400 rows, got 400',
    ],
    [
      'a price of 0',
      { ...data, prices: changed(7, 0) },
      'rollout: finite prices above 0 were expected, got 0 of A1 in row 3; mend the data',
    ],
    ['a price that is not a number', { ...data, prices: changed(0, Number.NaN) }, 'got NaN of A0 in row 0'],
    ['an infinite price', { ...data, prices: changed(799, Infinity) }, 'got Infinity of A1 in row 399'],
    [
      'a negative volume',
      { ...data, volume: changed(4, -1) },
      'rollout: finite volumes of at least 0 were expected, got -1 of A0 in row 2; mend the data',
    ],
  ])('%s', (_, given, message) => {
    const spec = specOf(data, { pool: pools.hmm });
    expectError(() => createPoolRollout(spec, given, wasm, { threads: 1 }), UserError, message);
  });

  it('a volume of 0 throughout is none', () => {
    const still = { ...data, volume: new Float64Array(2 * ROWS) };
    const spec = specOf(data, { pool: pools.hmm, flow: flows.elastic });
    const [a, b] = [still, { ...data, volume: null }].map(
      (d) =>
        createPoolRollout(spec, d, wasm, { threads: 1 }).value(rawSets(spec, VALUES), Int32Array.of(0), 100).objective,
    );
    expect(a[0]).toBeGreaterThan(-1);
    expect(a).toEqual(b);
  });
});

const asked: [string, (r: PoolRollout, raw: Float64Array, first: number, rows: number) => unknown][] = [
  ['value', (r, raw, first, rows) => r.value(raw, Int32Array.of(0, first), rows)],
  ['gradient', (r, raw, first, rows) => r.gradient(raw, Int32Array.of(0, first), rows)],
  ['guards', (r, raw, first, rows) => r.guards(raw, Int32Array.of(0, first), rows)],
  ['trajectory', (r, raw, first, rows) => r.trajectory(raw, first, rows, 1)],
];

describe.each(asked)('windows, asked for by %s', (_, ask) => {
  const rollout = of({ pool: pools.tfmm });
  const raw = rawSets(rollout.spec, VALUES);

  it.each([
    [
      'that end after the data',
      301,
      100,
      'rollout: windows within the 400 rows of the data were expected, got rows 301 to 401',
    ],
    [
      'that begin before the data',
      -1,
      100,
      'rollout: windows within the 400 rows of the data were expected, got rows -1 to 99',
    ],
    // so far beyond that a rule would read outside of the series
    [
      'far beyond the data',
      1e8,
      100,
      'rollout: windows within the 400 rows of the data were expected, got rows 100000000 to',
    ],
    ['longer than the data', 0, 1e8, 'rollout: windows within the 400 rows of the data were expected, got rows 0 to'],
    ['of one row', 0, 1, 'rollout: windows of at least 2 rows were expected for returns, got 1; use longer windows'],
  ])('%s', (_name, first, rows, message) => {
    expectError(() => ask(rollout, raw, first, rows), UserError, message);
  });

  it('of part of a row', () => {
    const message = 'rollout: a whole number of rows in a window from 1 was expected, got 50.5; round or raise it';
    expectError(() => ask(rollout, raw, 0, 50.5), UserError, message);
    expectError(() => ask(rollout, raw, 0, Number.NaN), UserError, 'got NaN');
  });

  it('as long as the data are fine', () => {
    expect(() => ask(rollout, raw, 0, ROWS)).not.toThrow();
  });
});

describe('what else a roll-out is asked', () => {
  it('windows too short for an objective', () => {
    const rollout = of({ pool: pools.hmm, penalties: [{ model: objectives.drawdown, weight: 1 }] });
    expectError(
      () => rollout.value(rawSets(rollout.spec, VALUES), Int32Array.of(0), 400),
      UserError,
      'rollout: windows of at least 2881 rows were expected for drawdown, got 400; use longer windows',
    );
  });

  it('no windows', () => {
    const rollout = of({ pool: pools.hmm });
    expectError(
      () => rollout.gradient(rawSets(rollout.spec, VALUES), new Int32Array(0), 100),
      UserError,
      'rollout: at least one window was expected, got none; give the first row of each',
    );
  });

  it.each([0, 1, 3, 7])('%i raw numbers', (count) => {
    const rollout = of({ pool: pools.tfmm });
    expect(rollout.layout.columns).toBe(7);
    const raw = count === 7 ? new Float64Array(8) : new Float64Array(count);
    const message = `rollout: raw parameters were expected in 7 columns, got ${raw.length} numbers`;
    expectError(() => rollout.value(raw, Int32Array.of(0), 100), UserError, message);
    expectError(() => rollout.gradient(raw, Int32Array.of(0), 100), UserError, message);
    expectError(() => rollout.guards(raw, Int32Array.of(0), 100), UserError, message);
    expectError(() => rollout.rule(raw, 1), UserError, message);
  });

  it('a trajectory of several sets, from part of a row, or of no steps', () => {
    const rollout = of({ pool: pools.tfmm });
    const [one, two] = [1, 2].map((sets) => rawSets(rollout.spec, VALUES, sets));
    expectError(
      () => rollout.trajectory(two, 0, 100, 1),
      UserError,
      'rollout: one parameter set was expected for a path, 7 numbers, got 14; take a set out with columnOf',
    );
    for (const first of [0.5, 2 ** 32, Number.NaN]) {
      expectError(() => rollout.trajectory(one, first, 100, 1), UserError, `got rows ${first} to`);
    }
    for (const every of [0, -1, 0.5]) {
      const message = `rollout: a whole number of steps between samples from 1 was expected, got ${every}`;
      expectError(() => rollout.trajectory(one, 0, 100, every), UserError, message);
    }
    // longer than the window is fine: the start alone
    expect([...rollout.trajectory(one, 0, 100, 1e6).rows]).toEqual([0]);
  });

  it('rule steps beyond the data', () => {
    const rollout = of({ pool: pools.tfmm });
    const raw = rawSets(rollout.spec, VALUES);
    expect(rollout.rule(raw, 13).outputs.length).toBe(13 * N);
    expectError(
      () => rollout.rule(raw, 14),
      UserError,
      'rollout: at most 13 rule steps were expected, one each 30 rows after the first of 400 rows, got 14; ask for fewer or give more data',
    );
    for (const steps of [1e6, -1, 0, 0.5]) {
      expectError(() => rollout.rule(raw, steps), UserError, `got ${steps}`);
      expectError(() => rollout.readout(raw, steps), UserError, `got ${steps}`);
    }
  });

  it('a rule where there is none', () => {
    const rollout = of({ pool: pools.hmm });
    expectError(() => rollout.rule(rawSets(rollout.spec, VALUES), 1), TypeError, 'rollout: this pool has no rule');
    expect(rollout.guards(rawSets(rollout.spec, VALUES), Int32Array.of(0), 100)).toEqual({});
  });

  it('a parameter that there is not', () => {
    expectError(
      () => of({ pool: pools.tfmm }).layout.entry('momentum.kk'),
      UserError,
      'parameters: one of tfmm.initialWeights, tfmm.fee, momentum.memoryDays, momentum.k was expected, got momentum.kk',
    );
  });
});

/** Without a score a set is never taken for the best: a pool whose comparisons are all false must not pass for one that holds. */
describe('a parameter that is not a number leaves a set without a score', () => {
  const specs: [string, PoolSpec][] = [
    ['tfmm, zero fee', specOf(data, { pool: pools.tfmm, zeroFee: true })],
    ['tfmm, fee', specOf(data, { pool: pools.tfmm })],
    ['tfmm, fee and flow', specOf(data, { pool: pools.tfmm, flow: flows.elastic })],
    ['constant weights', specOf(data, { pool: pools['constant-weight'] })],
    ['hmm', specOf(data, { pool: pools.hmm })],
    ['hmm, flow', specOf(data, { pool: pools.hmm, flow: flows.elastic }, { dynamicCurvature: 1 })],
  ];
  it.each(specs)('%s', (_, spec) => {
    const one = rawSets(spec, VALUES);
    // set k lacks column k, the last set nothing
    const sets = one.length + 1;
    const raw = Float64Array.from({ length: one.length * sets }, (_x, i) => {
      const [k, s] = [Math.floor(i / sets), i % sets];
      return k === s ? Number.NaN : one[k];
    });
    for (const target of [reference, wasm]) {
      const { objective, byWindow } = createPoolRollout(spec, data, target, { threads: 1 }).value(
        raw,
        Int32Array.of(31, 65),
        200,
      );
      expect([...objective].map(Number.isNaN)).toEqual(Array.from({ length: sets }, (_x, s) => s < one.length));
      expect([...byWindow].map(Number.isNaN)).toEqual(
        Array.from({ length: 2 * sets }, (_x, i) => i % sets < one.length),
      );
    }
  });

  it('a flow without the volume that it has no default for', () => {
    const spec = specOf(data, { pool: pools.hmm, flow: flows.elastic });
    const { objective } = createPoolRollout(spec, data, wasm, { threads: 1 }).value(
      rawSets(spec, {}),
      Int32Array.of(0),
      100,
    );
    expect(objective[0]).toBeNaN();
  });
});

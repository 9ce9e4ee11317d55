/** The json export of every model that is shipped and of a user's own: what it says, and the way back to the bit. */
import { describe, expect, it } from 'vitest';
import { eclpParameters } from '../../kernels/pools/e-clp/contract.js';
import { memoryOfLambda } from '../../kernels/rules/memory.js';
import type { Split } from '../../src/data/windows.js';
import { exporters, exportJsonSchema, type PoolDocument } from '../../src/export/index.js';
import { rawOfDocument, specOfDocument } from '../../src/export/pool-document.js';
import { quantisationLoss } from '../../src/export/resimulate.js';
import type { Expr } from '../../src/graph/index.js';
import type { RuleModel } from '../../src/pools/model.js';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { RULES } from '../rollout/rule-values.js';
import { pools, rules } from '../rollout/setup.js';
import { data, documented, ROWS, type Trained, trained, trainedSets } from './documents.js';
import { none } from './pools.js';

const { json } = exporters;
const last = Array.from(data.prices.subarray(-2));

function outcome({ spec, raw }: Trained) {
  const rollout = createPoolRollout(spec, data, wasm);
  const { objective } = rollout.value(raw, Int32Array.of(1000), 700);
  const { values, reserves, fees } = rollout.trajectory(raw, 1000, 700, 7);
  rollout.dispose();
  return { objective, values, reserves, fees };
}

/** The models of a spec without anything that was chosen or trained. */
const bare = (spec: PoolSpec): PoolSpec => ({
  ...spec,
  settings: {},
  series: undefined,
  value: 1,
  zeroFee: false,
});

function back(text: string, { spec, raw }: Trained): Trained {
  const document = json.parse(text);
  const there = specOfDocument(document, bare(spec));
  const layout = poolLayout(there);
  const origin = new Float64Array(raw.length);
  // the numbers of a flow are the run's
  for (const { name, column, size } of layout.entries) {
    if (name.startsWith('elastic.')) origin.set(raw.subarray(column, column + size), column);
  }
  return { spec: there, raw: rawOfDocument(document, there, layout, { raw: origin, data }) };
}

describe.each(Object.entries(trainedSets))('%s', (_, set) => {
  const pool = documented(set);
  const { text, quantised, ...rest } = json.export(pool, none);

  it('gives the document back, and the same text', () => {
    expect(quantised).toEqual(pool);
    expect(json.export(json.parse(text), none).text).toBe(text);
    expect(rest).toEqual({ placeholders: [], warnings: [], notes: [] });
  });

  it('leads back to the same roll-out, to the bit', () => {
    const there = back(text, set);
    expect(there.raw).toEqual(set.raw);
    expect(there.spec.settings).toEqual(set.spec.settings);
    expect(outcome(there)).toEqual(outcome(set));
  });

  it('has every parameter with its unit, and a new pool worth its value', () => {
    const values = poolLayout(set.spec).values(set.raw);
    const models = Object.entries({ pool: pool.pool, feeLaw: pool.feeLaw, rule: pool.rule });
    const named = models.flatMap(([, model]) =>
      model === null ? [] : Object.entries(model.parameters).map(([key, p]) => [`${model.kind}.${key}`, p] as const),
    );
    expect(named.map(([name]) => name)).toEqual(Object.keys(values).filter((name) => !name.startsWith('elastic.')));
    for (const [name, p] of named) {
      const { parameter } = poolLayout(set.spec).entry(name);
      expect([p.unit, p.doc, p.shape]).toEqual([parameter.unit, parameter.doc, parameter.shape]);
      expect(p.value).toEqual(p.series === undefined ? values[name] : [data.series[p.series][ROWS - 1]]);
    }
    expect(pool.prices).toEqual(last);
    const { assets, numeraire } = pool.pool.reserves;
    const worth = assets.reduce((sum, x, i) => sum + x * last[i], 0) + numeraire.reduce((a, b) => a + b, 0);
    expect(worth / set.spec.value).toBeCloseTo(1, 12);
    expect(numeraire.length).toBe(set.spec.pool.name === 'hmm' ? 2 : 0);
  });
});

describe('the document', () => {
  const of = (name: string) => documented(trainedSets[name]);

  it('names choices, series and the times of the last row and the last rule step', () => {
    const pool = of('a fee by a series, shares and trades');
    expect(pool.pool).toMatchObject({
      settings: { arbitrageCosts: 'on', gasGate: 0.2, protocolShare: 0.25, arbitrageEvery: 1 },
      parameters: { fee: { value: [0.001 + 1e-6 * (ROWS - 1)], series: 'fee' } },
      supply: 'shares',
      trades: true,
    });
    expect(of('no fees, in closed form')).toMatchObject({
      zeroFee: true,
      time: '2024-01-04T00:00:00.000Z',
      rule: {
        settings: { interpolation: 'approx_optimal', chunkPeriod: 30 },
        estimator: { time: '2024-01-04T00:00:00.000Z' },
      },
    });
    const { metrics } = of('hmm').provenance;
    expect(metrics).toEqual({ returns: 0.25 });
    const off = json.parse(json.export(of('a fee that was switched off'), none).text).pool.parameters.fee;
    expect([off.value, off.raw]).toEqual([[0], ['-Infinity']]);
  });

  it('has λ, days and k as the rule uses them', () => {
    for (const [name, paces] of Object.entries({
      momentum: ['memoryDays'],
      'triple-threat-mean-reversion-channel': ['averageMemoryDays'],
      'difference-momentum': ['fastMemoryDays', 'slowMemoryDays'],
    })) {
      const { used, parameters } = of(name).rule!;
      const longest = [0, 1].map((i) => Math.max(...paces.map((key) => parameters[key].value[i])));
      for (const key of ['k', 'amplitude'].filter((key) => key in parameters)) {
        expect(used[key]).toEqual({ value: parameters[key].value.map((k, i) => k * longest[i]), unit: '1' });
      }
      for (const key of paces) {
        const lambda = used[key === 'memoryDays' ? 'lambda' : key.replace('MemoryDays', 'Lambda')].value;
        lambda.forEach((l, i) => {
          expect(memoryOfLambda(l, 30) / parameters[key].value[i]).toBeCloseTo(1, 10);
        });
      }
    }
    const clipped = documented(trained({ pool: pools.tfmm }, RULES.momentum, { maxMemoryDays: 0.1 })).rule!;
    expect(clipped.used.memoryDays).toEqual({ value: [0.1, 0.1], unit: 'days' });
    clipped.used.lambda.value.forEach((l) => {
      expect(memoryOfLambda(l, 30)).toBeCloseTo(0.1, 12);
    });
  });

  it('has prices that are relative to the start as prices', () => {
    for (const [name, key] of [
      ['stableswap', 'peg'],
      ['concentrated-range', 'middle'],
    ]) {
      const { used, parameters } = of(name).pool;
      expect(used[key].value[0] / (parameters[key].value[0] * (last[0] / last[1]))).toBeCloseTo(1, 14);
    }
    const { used, parameters } = of('hmm').pool;
    expect(used.priceScale.value).toEqual(parameters.priceScale.value.map((s, i) => s * last[i]));
    const fixed = of('hmm that moves its curvature').pool;
    expect(fixed.used.priceScale.value).toEqual(fixed.parameters.priceScale.value);
  });

  it('has an E-CLP in the numbers of its contract, in the plane of its amounts', () => {
    const { parameters, used } = of('e-clp').pool;
    const [peak, below, above, lambda] = ['peak', 'below', 'above', 'lambda'].map((key) => parameters[key].value[0]);
    const wanted = eclpParameters({ peak, below, above, lambda }, last[0] / last[1]);
    expect(Object.fromEntries(Object.entries(used).map(([key, { value }]) => [key, value[0]]))).toEqual(wanted);
  });

  it('has the ends of a range', () => {
    const ends = ({ pool }: PoolDocument) => [pool.used.low.value[0], pool.used.high.value[0]];
    const price = last[0] / last[1];
    const [low, high] = ends(of('reclamm'));
    expect(high / low).toBeCloseTo(of('reclamm').pool.parameters.priceRatio.value[0], 12);
    expect(Math.sqrt(low * high) / price).toBeCloseTo(1, 14);
    const values = { 'concentrated-range.middle': 1.05 * price, 'concentrated-range.priceRatio': 1.7 };
    const fixed = documented(trained({ pool: pools['concentrated-range'] }, values, { middleIn: 0 })).pool;
    const { middle, priceRatio } = fixed.parameters;
    expect(fixed.used.low.value[0] / (middle.value[0] / Math.sqrt(priceRatio.value[0]))).toBeCloseTo(1, 14);
    expect(fixed.used.high.value[0] / (middle.value[0] * Math.sqrt(priceRatio.value[0]))).toBeCloseTo(1, 14);
  });

  it('has the carry that the rule goes on from', () => {
    const { parameters, used, estimator } = of('difference-momentum').rule!;
    expect(Object.keys(estimator!.carry)).toEqual(['fast', 'slow']);
    for (const key of ['fast', 'slow']) {
      for (const i of [0, 1]) {
        let mean = data.prices[i];
        for (let row = 30; row < ROWS; row += 30)
          mean += (data.prices[2 * row + i] - mean) * (1 - used[`${key}Lambda`].value[i]);
        expect(estimator!.carry[key][i] / mean).toBeCloseTo(1, 10);
      }
    }
    expect(Object.keys(parameters)).toEqual(['fastMemoryDays', 'slowMemoryDays', 'k']);
    const names = (name: string) => Object.keys(of(name).rule!.estimator!.carry);
    expect(names('triple-threat-mean-reversion-channel')).toEqual([
      'channel.ewma',
      'channel.a',
      'trend.ewma',
      'trend.a',
      'envelope.ewma',
      'envelope.a',
      'average',
    ]);
    expect(names('bounds of assets, an average of its own, moments of trading')).toEqual(['ewma', 'a', 'average']);
    expect(of('minimum-variance').rule!.estimator!.carry).toMatchObject({ price: last, seen: [1] });
  });

  it('starts a pool with the weights that its rule gives at the last step', () => {
    const { pool, rule } = of('market-cap');
    const tilt = rule!.parameters.tilt.value[0];
    const caps = last.map((p, i) => (p * data.series[`supply.A${i}`][ROWS - 1]) ** tilt);
    pool.weights!.forEach((w, i) => {
      expect(w).toBeCloseTo(caps[i] / (caps[0] + caps[1]), 12);
    });
    expect(pool.weights).toEqual(rule!.estimator!.carry.weights.map((w) => expect.closeTo(w, 12)));
    expect(of('hmm').pool.weights).toBeNull();
  });

  it('has no estimator where the data are shorter than a rule step', () => {
    const set = trained({ pool: pools.tfmm }, RULES.momentum, { chunkPeriod: 3000, weightInterpolationPeriod: 30 });
    expect(documented(set).rule!.estimator).toBeNull();
  });
});

describe('models of a user', () => {
  const mine = { ...pools['fm-amm'], name: 'mine' };
  const plain = { ...rules.momentum, name: 'plain' };
  const list: RuleModel<readonly Expr[]> = {
    ...plain,
    name: 'list',
    init: (_c, prices) => prices,
    step: (c, before, prices) => {
      const returns = prices.map((p, i) => p.div(before[i]).sub(1));
      return { carry: prices, output: returns.map((r) => r.mul(c.value.k[0])) };
    },
  };
  const carriesList = list;

  it.each([
    ['a pool', trained({ pool: mine }, { 'mine.fee': 0.004 })],
    ['a rule', trained({ pool: pools.tfmm, rule: plain }, { 'plain.memoryDays': 0.2, 'plain.k': 5 })],
    ['a rule whose carry is one list', trained({ pool: pools.tfmm, rule: carriesList }, { 'list.k': 5 })],
  ])('%s is carried by its declarations', (_, set) => {
    const { text } = json.export(documented(set), none);
    expect(outcome(back(text, set))).toEqual(outcome(set));
  });

  it('tell themselves what a bot uses, whatever their names, and a carry without a name is called so', () => {
    const told = { half: { value: [0.5], unit: 'days' } };
    const [silent, telling] = [undefined, () => told].map(
      (used) => documented(trained({ pool: pools.tfmm, rule: { ...carriesList, used, name: 'momentum' } })).rule!,
    );
    expect([silent.used, telling.used]).toEqual([{}, told]);
    expect(Object.keys(silent.estimator!.carry)).toEqual(['carry']);
  });
});

describe('the file', () => {
  it('costs nothing to simulate again', () => {
    const set = trainedSets['a fee by a series, shares and trades'];
    const { quantised } = json.export(documented(set), none);
    const split: Split = { train: [0, 1000], validation: [1000, 1500], test: [1500, ROWS], burnIn: 0 };
    const loss = quantisationLoss({ ...set, ...{ data, target: wasm, quantised, form: json.form, split } });
    expect([loss.lossBps, loss.quantised]).toEqual([0, loss.objective]);
  });

  it('publishes a schema that describes the file', () => {
    const schema = exportJsonSchema() as { required: string[]; properties: Record<string, { required?: string[] }> };
    const file = JSON.parse(json.export(documented(trainedSets.hmm), none).text);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      properties: { formatVersion: { const: 2 } },
    });
    expect(Object.keys(file)).toEqual(schema.required);
    expect(Object.keys(file.pool)).toEqual(schema.properties.pool.required);
    expect(Object.keys(file.provenance)).toEqual(['checkpoint', 'dataset', 'version', 'created', 'metrics']);
    expect(Object.keys(file.units)).toEqual(['value', 'prices', 'pool.reserves.assets', 'pool.reserves.numeraire']);
  });

  it('takes no template, and says so', () => {
    const { warnings } = json.export(documented(trainedSets.hmm), { template: { salt: '0x' }, strict: true });
    expect(warnings).toEqual(['json takes no template: its fields were not used']);
  });
});

describe('what is refused', () => {
  const set = trainedSets.momentum;
  const changed = (change: (pool: PoolDocument) => unknown) => {
    const pool = structuredClone(documented(set)) as PoolDocument;
    change(pool);
    return pool;
  };

  it('a trained number that is none', () => {
    const broken = { ...set, raw: set.raw.with(set.raw.length - 1, Number.NaN) };
    expect(() => documented(broken)).toThrow('export json: momentum.k must be finite, got NaN; bound or freeze it');
  });

  it('a file of another pool', () => {
    expect(() => specOfDocument(documented(trainedSets.hmm), set.spec)).toThrow(
      'parse json: pool must be tfmm as in the run, got hmm;',
    );
    expect(() => specOfDocument(documented(trainedSets['market-cap']), set.spec)).toThrow(
      'rule must be momentum as in the run, got market-cap',
    );
  });

  it('a value that its raw number does not make', () => {
    const edited = changed(({ rule }) => (rule!.parameters.k.value[1] = 7));
    expect(() => rawOfDocument(edited, set.spec, poolLayout(set.spec), { raw: set.raw, data })).toThrow(
      /momentum\.k must be .*, which its raw numbers make, got .*, 7; mend/,
    );
  });
});

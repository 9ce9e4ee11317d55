/** From a trained set through every exporter to a chain and back: the numbers that models use, and what the way there costs. */
import { describe, expect, it } from 'vitest';
import { measured } from '../../src/evaluate/measured.js';
import { metricOf } from '../../src/evaluate/path.js';
import { type ExportResult, exporters, type TunedPool } from '../../src/export/index.js';
import { quantisationLoss, rawFromTuned, specOfTuned, tunedForm } from '../../src/export/resimulate.js';
import { tunedPool } from '../../src/export/tuned.js';
import { poolLayout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { type Case, cases, data, inputOf, specOf, split } from '../evaluate/evaluate-setup.js';
import { fullTemplate } from './pools.js';

const n = data.assets.length;
const last = Array.from(data.prices.subarray(-n));
const provenance = {
  checkpoint: 'sha256:4be1',
  dataset: data.hash,
  version: '0.1.0',
  created: '2024-05-06T07:08:09.000Z',
  metrics: { daily_log_sharpe: 1.75, ulcer: null, calmar: Number.POSITIVE_INFINITY },
};

function tune(c: Case): { pool: TunedPool; raw: Float64Array } {
  const { spec, raw } = inputOf(c);
  return { pool: tunedPool({ spec, layout: poolLayout(spec), raw, data, target: wasm, provenance }), raw };
}

type Chain = Exclude<keyof typeof exporters, 'json'>;

function exported(to: Chain, pool: TunedPool, fee?: number): ExportResult {
  const template =
    to === 'hmm-solidity' ? {} : { ...fullTemplate(), ...(fee === undefined ? {} : { swapFeePercentage: fee }) };
  return exporters[to].export(pool, { template, strict: true });
}

describe('tuned pool', () => {
  it('has the numbers of the rule and its estimator after the last rule step', () => {
    const c = cases['tfmm with fee and flow'];
    const { pool } = tune(c);
    expect(pool.fee).toBeCloseTo(0.0061, 14);
    expect(pool.value).toBe(1e6);
    expect(pool.provenance.metrics).toEqual({ daily_log_sharpe: 1.75 });
    pool.weights.forEach((w) => {
      expect(w).toBeCloseTo(0.5, 14);
    });
    const rule = pool.rule!;
    expect(rule.memoryDays[0]).toBeCloseTo(1.7, 11);
    expect(rule.k[0]).toBeCloseTo(9 * 1.7, 10);
    expect(rule.k[1]).toBeCloseTo(9 * 1.3 * 2.7, 10);
    // ewma += (p − ewma)(1 − λ); a = λa + (p − ewma)/(1 − λ), at every rule step of the data
    for (let i = 0; i < n; i++) {
      const lambda = rule.lambda[i];
      expect((Math.cbrt((6 * lambda) / (1 - lambda) ** 3) * 2 * 60) / 1440).toBeCloseTo(rule.memoryDays[i], 10);
      let [ewma, a] = [data.prices[i], 0];
      for (let row = 60; row < data.rows; row += 60) {
        const p = data.prices[row * n + i];
        ewma += (p - ewma) * (1 - lambda);
        a = lambda * a + (p - ewma) / (1 - lambda);
      }
      expect(rule.estimator!.ewma[i] / ewma).toBeCloseTo(1, 10);
      expect(rule.estimator!.a[i] / a).toBeCloseTo(1, 8);
    }
  });

  it('clips memories as the rule does', () => {
    const c = cases['tfmm without fee'];
    const spec = specOf('tfmm', { zeroFee: true, settings: { maxMemoryDays: 1 } });
    const rule = tune({ ...c, spec }).pool.rule!;
    expect(rule.memoryDays).toEqual([1, 1]);
    expect((Math.cbrt(6 * rule.lambda[0]) / (1 - rule.lambda[0])) * (120 / 1440)).toBeCloseTo(1, 12);
    expect(rule.k[0]).toBeCloseTo(9, 11);
    expect(tune(c).pool.fee).toBe(0);
  });

  it('starts an hmm pool at the last prices, its scale in credits', () => {
    const { pool } = tune(cases['hmm with flow']);
    const { rho, priceScale, psi, theta, w } = pool.hmm!;
    expect(w).toEqual([1, 1]);
    for (let i = 0; i < n; i++) {
      const s = priceScale[i];
      expect(s).toBeCloseTo(last[i] * [1.1, 0.93][i], 9);
      expect(psi[i] * last[i] + theta[i]).toBeCloseTo(5e5, 5);
      // p = s(y + ρx)/(x + ρy) with x = sΨ, y = Θ
      const x = s * psi[i];
      expect((s * (theta[i] + rho[i] * x)) / (x + rho[i] * theta[i]) / last[i]).toBeCloseTo(1, 11);
    }
    expect(pool.weights[0]).toBeCloseTo(0.5, 12);
    expect(pool.hmm).toMatchObject({ alpha: 0, feeBurn: 0, marketFee: pool.fee });
  });

  it('keeps the scale of an hmm pool that counts it in credits', () => {
    const c = cases['hmm with flow'];
    const spec = { ...specOf('hmm', { settings: { centre: 0 } }), flow: c.spec.flow };
    const { pool, raw } = tune({ ...c, spec, trained: { ...c.trained, 'hmm.priceScale': last } });
    pool.hmm!.priceScale.forEach((s, i) => {
      expect(s / last[i]).toBeCloseTo(1, 13);
    });
    const back = rawFromTuned(pool, spec, poolLayout(spec), { raw, data });
    back.forEach((x, k) => {
      expect(x).toBeCloseTo(raw[k], 9);
    });
  });

  it('refuses a pool that no chain knows', () => {
    const { spec, raw } = inputOf(cases['constant weights with flow']);
    const strange = { ...spec, pool: { ...spec.pool, name: 'mine' } };
    const make = () => tunedPool({ spec: strange, layout: poolLayout(strange), raw, data, target: wasm, provenance });
    expect(make).toThrow(
      /^export: a pool of kind constant-weight, tfmm, hmm was expected by all targets but json, got mine;/,
    );
  });
});

/** Export, its case, the largest loss in basis points of value, and of the objective relative to itself. */
const ways: [Chain, string, number, number][] = [
  ['quantamm', 'tfmm with fee and flow', 1e-6, 1e-9],
  ['balancer-weighted', 'constant weights with flow', 1e-6, 1e-9],
  ['hmm-solidity', 'hmm with flow', 1e-8, 1e-9],
];

describe.each(ways)('%s of %s', (to, name, bps, relative) => {
  const { pool, raw } = tune(cases[name]);
  const { spec } = cases[name];
  const result = exported(to, pool);

  it('reads back into the raw parameters', () => {
    const parsed = exporters[to].parse(result.text);
    expect(parsed).toEqual(result.quantised);
    const there = specOfTuned(parsed, spec);
    const back = rawFromTuned(parsed, there, poolLayout(there), { raw, data });
    // shares are the same for raws that differ by a constant, so values are compared
    const values = poolLayout(there).values(back);
    for (const [key, wanted] of Object.entries(poolLayout(spec).values(raw))) {
      wanted.forEach((x, i) => {
        if (x === 0) expect(values[key][i]).toBe(0);
        else expect(Math.abs(values[key][i] / x - 1)).toBeLessThan(1e-6);
      });
    }
  });

  it('costs next to nothing', () => {
    const loss = quantisationLoss({
      spec,
      data,
      target: wasm,
      raw,
      quantised: result.quantised,
      form: tunedForm,
      split,
    });
    const { path, held } = measured({ spec, data, target: wasm, split }, raw);
    expect(loss.metric).toBe('daily_log_sharpe');
    expect(loss.objective).toBe(metricOf(loss.metric, path, held, split.test));
    expect(Math.abs(loss.lossBps)).toBeLessThan(bps);
    expect(Math.abs(loss.quantised! / loss.objective! - 1)).toBeLessThan(relative);
  });
});

describe('quantisation loss', () => {
  const sharpe = (spec: PoolSpec, raw: Float64Array) => {
    const { path, held } = measured({ spec, data, target: wasm, split }, raw);
    return metricOf('daily_log_sharpe', path, held, split.test) as number;
  };

  it('tells what a target does otherwise: the fee of the template, a straight path', () => {
    const { pool, raw } = tune(cases['tfmm without fee']);
    const { spec } = cases['tfmm without fee'];
    const quantised = { ...pool, fee: 0.003 };
    const loss = quantisationLoss({ spec, data, target: wasm, raw, quantised, form: tunedForm, split });
    const there = { ...spec, zeroFee: false };
    const charged = raw.slice();
    charged[poolLayout(there).entry('tfmm.fee').column] = Math.log(0.003 / 0.997);
    expect(loss.quantised! / sharpe(there, charged)).toBeCloseTo(1, 9);
    expect(Math.abs(loss.lossBps)).toBeGreaterThan(0.1);

    const bent = specOf('tfmm', { zeroFee: true, settings: { interpolation: 1, weightInterpolationPeriod: 30 } });
    const curved = tune({ ...cases['tfmm without fee'], spec: bent });
    const straight = {
      ...curved.pool,
      rule: { ...curved.pool.rule!, interpolation: 'linear' as const, weightInterpolationPeriod: 60 },
    };
    const changed = quantisationLoss({
      spec: bent,
      data,
      target: wasm,
      raw: curved.raw,
      quantised: straight,
      form: tunedForm,
      split,
    });
    const { spec: linear } = cases['tfmm without fee'];
    expect(changed.quantised! / sharpe(linear, curved.raw)).toBeCloseTo(1, 9);
    expect(changed.quantised).not.toBe(changed.objective);
  });
});

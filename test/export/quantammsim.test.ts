/** The export for the Python simulator: raw numbers to the bit where transforms agree, and what it does not take. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { exporters } from '../../src/export/index.js';
import { quantisationLoss, rawFromTuned, specOfTuned, tunedForm } from '../../src/export/resimulate.js';
import { tunedPool } from '../../src/export/tuned.js';
import { poolLayout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { decodeRunFile, runFileName } from '../../src/quantammsim/run-file.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { data, specOf, split } from '../evaluate/evaluate-setup.js';
import { none, tfmmPool } from './pools.js';

const provenance = {
  checkpoint: 'sha256:4be1',
  dataset: data.hash,
  version: '0.1.0',
  created: '2024-05-06T07:08:09.000Z',
  metrics: { daily_log_sharpe: 1.75 },
};
const choice = { step: 40, split: 'validation', value: 2.5 } as const;

/** Assets are BTC and ETH; `reversed` puts ETH first, which is not the order of the file's numbers. */
function tune(rule: string, settings: Record<string, number> = {}, change: Partial<PoolSpec> = {}) {
  const plain = specOf('tfmm', { zeroFee: true, settings, ...change });
  const spec: PoolSpec = { ...plain, rule: registry.rules[rule] };
  const layout = poolLayout(spec);
  // no two assets alike, raws that are no round numbers
  const raw = layout.raws({}).map((x, k) => (Number.isFinite(x) ? x + Math.sin(k + 1) / 7 : x));
  const origin = { start: data.start, split, choice };
  return { spec, raw, layout, make: () => tunedPool({ spec, layout, raw, data, target: wasm, origin, provenance }) };
}

/** Our parameters whose transforms differ from theirs: through both, to rounding. */
const OTHER = /^(power-channel|mean-reversion-channel)\.(k|amplitude)$/;

describe.each(['momentum', 'anti-momentum', 'power-channel', 'mean-reversion-channel'])('of %s', (rule) => {
  it('is read back to the same raw numbers, and to the same roll-out', () => {
    const { spec, raw, layout, make } = tune(rule, { straightThroughChange: 1, interpolation: 1 });
    const { text, quantised } = exporters.quantammsim.export(make(), none);
    expect(exporters.quantammsim.parse(text)).toEqual(quantised);
    for (const e of layout.entries.filter(({ name }) => name !== 'tfmm.fee')) {
      const wanted = Array.from(raw.subarray(e.column, e.column + e.size));
      const got = quantised.run!.raw[e.name];
      if (!OTHER.test(e.name)) expect([e.name, got]).toEqual([e.name, wanted]);
      got.forEach((x, i) => {
        expect(Math.abs(x - wanted[i])).toBeLessThan(1e-12);
      });
    }
    expect(quantised.run).toEqual({ ...make().run, raw: quantised.run!.raw });
    const there = specOfTuned(quantised, spec);
    const back = rawFromTuned(quantised, there, poolLayout(there), { raw: new Float64Array(raw.length), data });
    expect(back.length).toBe(raw.length);
    const { lossBps } = quantisationLoss({ spec, data, target: wasm, raw, quantised, form: tunedForm, split });
    expect(Math.abs(lossBps)).toBeLessThan(1e-8);
  });
});

describe('the file', () => {
  it('has the dates of the splits, one set in alphabetical order, and floats where the simulator makes arrays', () => {
    const { spec, raw, layout } = tune('momentum');
    const assets = ['ETH', 'BTC'];
    const turned = { ...data, assets };
    const origin = { start: data.start, split, choice };
    raw[layout.entry('momentum.k').column] = 3;
    const pool = tunedPool({
      ...{ layout, raw, target: wasm, origin, provenance },
      spec: { ...spec, assets },
      data: turned,
    });
    const { text, fileName } = exporters.quantammsim.export(pool, none);
    const { fingerprint, entries } = decodeRunFile(text, 'run');
    const [k, lamb] = [pool.run!.raw['momentum.k'], pool.run!.raw['momentum.memoryDays']];
    expect(entries[0]).toMatchObject({ log_k: [[k[1], k[0]]], logit_lamb: [[lamb[1], lamb[0]]], step: 40 });
    expect(entries[0]).toMatchObject({ validation_metrics: [{ daily_log_sharpe: 2.5 }], train_objective: [{}] });
    expect(text).toContain(', 3.0]]');
    expect(text).toContain('\\"chunk_period\\": 60,');
    const time = (key: string) => Date.parse(`${String(fingerprint[key]).replace(' ', 'T')}Z`);
    expect(time('startDateString')).toBe(data.start + split.train[0] * 60_000);
    expect(time('endDateString')).toBe(data.start + split.validation[1] * 60_000);
    expect(time('endTestDateString')).toBe(data.start + split.test[1] * 60_000);
    expect(fingerprint.tokens).toEqual(assets);
    expect(fileName).toBe(runFileName(fingerprint));
    expect(exporters.quantammsim.parse(text).run?.validation).toBe(split.validation[1] - split.validation[0]);
  });

  it('warns of a flow, and notes a fee', () => {
    const withFlow = tune('momentum', {}, { flow: registry.flows.elastic, zeroFee: false });
    const { warnings, notes } = exporters.quantammsim.export({ ...withFlow.make(), fee: 0.003 }, none);
    expect(warnings).toEqual([expect.stringContaining('the simulator has no flow elastic')]);
    expect(notes[0]).toContain('the fee is a setting of the simulator');
  });
});

describe('what is refused', () => {
  const refused = (make: () => unknown, message: string) => expect(make).toThrow(message);
  const write = (t: { make: () => ReturnType<typeof tunedPool> }) => () => exporters.quantammsim.export(t.make(), none);

  it('geodesic paths, the numerics of the reference, a pool without its run, other rules', () => {
    refused(
      write(tune('momentum', { interpolation: 2 })),
      'interpolation linear or approx_optimal was expected, got geodesic;',
    );
    refused(write(tune('momentum', { compat: 1 })), 'compat: no was expected, got compat: yes;');
    refused(
      write(tune('momentum', { protocolShare: 0.5 })),
      'arbitrage every minute that costs nothing, no protocolShare, noiseRatio, supply or trades was expected, got protocolShare: 0.5;',
    );
    refused(() => exporters.quantammsim.export(tfmmPool(), none), 'a pool with the run it comes from was expected,');
    refused(write(tune('minimum-variance')), 'got minimum-variance, which only json carries');
  });

  it('files that poolgrad did not write, or that were changed', () => {
    const { text } = exporters.quantammsim.export(tune('momentum').make(), none);
    const changed = (from: string | RegExp, to: string) => JSON.stringify(JSON.parse(text).replace(from, to));
    const parse = (t: string) => () => exporters.quantammsim.parse(t);
    refused(
      parse(changed('"poolgrad": {', '"initial_x": {')),
      'a file that poolgrad exported was expected, got another',
    );
    refused(parse(changed('"gas_cost": 0', '"gas_cost": 1')), 'run_fingerprint.gas_cost: 0 was expected, got 1');
    refused(parse(changed(/"endTestDateString": "[^"]+", /, '')), 'dates of training and test were expected, got none');
  });
});

/** Rules beside momentum through the json export and back; what no exporter carries is refused. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { exporters } from '../../src/export/index.js';
import { rawFromTuned, specOfTuned } from '../../src/export/resimulate.js';
import { tunedPool } from '../../src/export/tuned.js';
import { createRollout, layoutOf } from '../../src/rollout/rollout.js';
import type { RolloutSpec } from '../../src/rollout/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { data, specOf } from '../evaluate/evaluate-setup.js';
import { fullTemplate, none } from './pools.js';

const provenance = {
  checkpoint: 'sha256:4be1',
  dataset: data.hash,
  version: '0.1.0',
  created: '2024-05-06T07:08:09.000Z',
  metrics: {},
};

function tune(rule: string, settings: Record<string, number> = {}) {
  const plain = specOf('tfmm', { zeroFee: true, settings });
  const spec: RolloutSpec = { ...plain, rule: registry.rules[rule] };
  const layout = layoutOf(spec);
  // no two assets alike
  const raw = layout.raws({}).map((x, k) => x + 0.01 * k);
  return { spec, raw, make: () => tunedPool({ spec, layout, raw, data, target: wasm, provenance }) };
}

describe.each([
  ['power-channel', 0],
  ['mean-reversion-channel', 2],
])('export json of %s, interpolation %i', (rule, interpolation) => {
  it('reads back into the same roll-out', () => {
    const { spec, raw, make } = tune(rule, { interpolation });
    const { text } = exporters.json.export(make(), none);
    const pool = exporters.json.parse(text);
    expect(pool.rule?.interpolation).toBe(interpolation === 0 ? 'linear' : 'geodesic');
    const there = specOfTuned(pool, spec);
    const back = rawFromTuned(pool, there, layoutOf(there), { raw: new Float64Array(raw.length), data });
    const scores = ([s, r]: readonly [RolloutSpec, Float64Array]) => {
      const rollout = createRollout(s, data, wasm);
      const [score] = rollout.value(r, Int32Array.of(3000), 5000).objective;
      rollout.dispose();
      return score;
    };
    expect(scores([there, back]) / scores([spec, raw])).toBeCloseTo(1, 9);
    const units = Object.keys(JSON.parse(text).units).filter((path) => path.startsWith('rule.parameters.'));
    expect(units.map((path) => path.split('.')[2]).sort()).toEqual(Object.keys(pool.rule?.parameters ?? {}).sort());
  });

  it('is refused by quantamm', () => {
    const pool = tune(rule).make();
    const write = () => exporters.quantamm.export(pool, { template: fullTemplate(), strict: false });
    expect(write).toThrow(`expected one of the rules momentum, anti-momentum, got '${rule}'`);
  });
});

describe('rules and settings that no exporter carries', () => {
  it.each([
    'triple-threat-mean-reversion-channel',
    'difference-momentum',
    'minimum-variance',
  ])('%s is refused', (rule) => {
    expect(tune(rule).make).toThrow(
      `export: one of the rules momentum, anti-momentum, power-channel, mean-reversion-channel was expected, got ${rule}`,
    );
  });

  it.each(['assetBounds', 'ownAverage'])('%s: on is refused', (key) => {
    expect(tune('momentum', { [key]: 1 }).make).toThrow(`export: ${key}: off was expected, got ${key}: on`);
  });
});

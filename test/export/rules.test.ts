/** Rules and settings that a chain, or every chain, refuses. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { exporters } from '../../src/export/index.js';
import { tunedPool } from '../../src/export/tuned.js';
import { poolLayout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { data, specOf } from '../evaluate/evaluate-setup.js';
import { fullTemplate } from './pools.js';

const provenance = {
  checkpoint: 'sha256:4be1',
  dataset: data.hash,
  version: '0.1.0',
  created: '2024-05-06T07:08:09.000Z',
  metrics: {},
};

function tune(rule: string, settings: Record<string, number> = {}) {
  const plain = specOf('tfmm', { zeroFee: true, settings });
  const spec: PoolSpec = { ...plain, rule: registry.rules[rule] };
  const layout = poolLayout(spec);
  // no two assets alike
  const raw = layout.raws({}).map((x, k) => x + 0.01 * k);
  return { spec, raw, make: () => tunedPool({ spec, layout, raw, data, target: wasm, provenance }) };
}

it.each(['power-channel', 'mean-reversion-channel'])('%s is refused by quantamm', (rule) => {
  const pool = tune(rule).make();
  const write = () => exporters.quantamm.export(pool, { template: fullTemplate(), strict: false });
  expect(write).toThrow(`expected one of the rules momentum, anti-momentum, got '${rule}'`);
});

describe('rules and settings that no chain carries', () => {
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

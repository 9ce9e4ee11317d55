/** Pools of two assets with curves of their own, trained on the shipped prices through a config: they get better, and stay pools. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { poolSession, trainOptionsOf } from '../../src/app/prepared.js';
import { openSession } from '../../src/app/session.js';
import { loadConfig } from '../../src/config/index.js';
import { train } from '../../src/train/train.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-pairs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = fileURLToPath(new URL('../../datasets/two-assets-90d.arrow', import.meta.url));

const POOLS: readonly [name: string, pool: string, trained: readonly string[]][] = [
  [
    'reclamm',
    '{ kind: reclamm, shiftGate: 0.2, fee: { value: 0.003, train: true } }',
    ['reclamm.priceRatio', 'reclamm.centerednessMargin', 'reclamm.dailyPriceShiftExponent', 'reclamm.fee'],
  ],
  ['fm-amm', '{ kind: fm-amm, fee: { value: 0.001, train: true } }', ['fm-amm.weights', 'fm-amm.fee']],
  [
    'concentrated-range',
    '{ kind: concentrated-range, middle: { train: true }, fee: { value: 0.003, train: true } }',
    ['concentrated-range.middle', 'concentrated-range.priceRatio', 'concentrated-range.fee'],
  ],
];

describe('training improves', () => {
  it.each(POOLS)('%s', async (name, pool, trained) => {
    const path = join(folder, `${name}.yaml`);
    const config = [
      `data: ${JSON.stringify(data)}`,
      `pool: ${pool}`,
      'flow: { kind: elastic, v0: 0.0005 }',
      'objective: returns_over_hodl',
      'train: { sets: 2, windows: 2, windowDays: 5, iterations: 30, learningRate: 0.1, validateEvery: 10 }',
      'run: { device: wasm, threads: 1 }',
    ];
    writeFileSync(path, `${config.join('\n')}\n`);
    const session = poolSession(await openSession(await loadConfig(path, registry), undefined, true), 'test');
    const { rollout, initial, trainable, bounds, windows: all, spec } = session;
    const columns = rollout.layout.entries.filter((e) => trainable[e.column] === 1).map((e) => e.name);
    expect(columns).toEqual(trained);
    const { windowRows, train: asked } = session.config;
    const problem = { rollout, windows: all, initial, trainable, bounds, spread: asked.spread, metric: 'score' };
    const { state } = await train(problem, trainOptionsOf(session.config));
    const first = state.history[0].validation as number;
    // in five days prices alone move a pool against its start by some 1e-3
    expect(state.best.validation).toBeGreaterThan(first + 2e-5);
    // on the days of training too, from start to best
    const windows = Int32Array.from({ length: 8 }, (_, k) => k * 5 * 1440);
    const [before, after] = [initial, state.best.raw].map(
      (raw) => rollout.value(raw, windows, windowRows).objective[0],
    );
    expect(after).toBeGreaterThan(before + 2e-5);
    for (const [key, x] of Object.entries(rollout.layout.values(Float64Array.from(state.best.raw)))) {
      expect(x.every(Number.isFinite), key).toBe(true);
    }
    expect(spec.pool.name).toBe(name);
    rollout.dispose();
  });
});

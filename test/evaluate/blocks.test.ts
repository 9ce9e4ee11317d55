/** How often and for how much faster blocks are arbitraged: the closed form, and a pool that is simulated at both. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { normals } from '../../src/data/random.js';
import { arbitrageShare, blocksCaution, pairVolatility } from '../../src/evaluate/blocks.js';
import { heldPrices } from '../../src/evaluate/path.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { market } from '../data/thin.js';
import { flow, specOf } from './evaluate-setup.js';

it('is the closed form: .12 of blocks of 12 s, .24 of minutes, at 30 bps and 5 % a day', () => {
  expect(arbitrageShare(0.003, 0.05, 7200)).toBeCloseTo(0.1218, 4);
  expect(arbitrageShare(0.003, 0.05 / Math.sqrt(1440), 1)).toBeCloseTo(0.2367, 4);
});

it('is that of simulated pools: arbitraged at every fifth step only, they lose more', () => {
  // steps of 12 s of two independent assets, together at 5 % a day
  const rows = 100_000;
  const step = 0.05 / Math.sqrt(7200 * 2);
  const prices = new Float64Array(2 * rows).fill(1);
  for (let k = 2; k < prices.length; k++) prices[k] = prices[k - 2] * Math.exp(step * normals(5, k % 2, k >> 1)[0]);
  const lost = (arbitrageEvery: number) => {
    const spec = specOf('constant-weight', { settings: { arbitrageEvery }, objective: registry.objectives.returns });
    const rollout = createPoolRollout(spec, { assets: spec.assets, rows, prices, volume: null }, wasm);
    const raw = rollout.layout.raws({ 'constant-weight.fee': [0.003] });
    const { losses } = rollout.trajectory(raw, 0, rows, rows - 1);
    rollout.dispose();
    return losses[1];
  };
  const ratio = lost(1) / lost(5);
  const closed = arbitrageShare(0.003, 0.05, 7200) / arbitrageShare(0.003, 0.05, 1440);
  // blocks of the closed form come at random times, which gains more than even ones; and 14 days are one draw
  expect(Math.abs(ratio / closed - 1)).toBeLessThan(0.15);
});

describe('the caution', () => {
  const data = market({ assets: ['A', 'B'], rows: 5000, step: 1e-3, spread: 0, filled: 0, seed: 3 });
  const spec = specOf('constant-weight', { ...flow, assets: data.assets });
  const rollout = createPoolRollout({ ...spec, objective: registry.objectives.returns }, data, wasm);
  const { layout } = rollout;
  const held = heldPrices(data, 2);
  const trained = [layout.entry('constant-weight.fee')];
  const of = (change: Partial<Parameters<typeof blocksCaution>[0]> = {}, fee = 0.003, entries = trained) =>
    blocksCaution(
      {
        ...{ spec, layout, raw: layout.raws({ 'constant-weight.fee': [fee] }), interval: 60_000, held },
        range: [1000, 5000],
        ...change,
      },
      entries,
    );

  it('has the figures of the data and of the fee', () => {
    const sigma = pairVolatility(held, 2, [1000, 5000], 1);
    expect(sigma).toBeCloseTo(Math.SQRT2 * 1e-3, 4);
    const [own, blocks] = [arbitrageShare(0.003, sigma, 1), arbitrageShare(0.003, sigma, 5)];
    expect(of()).toContain('constant-weight.fee was trained on minute prices: at a fee of 30 bps');
    expect(of()).toContain(`about ${Number((100 * own).toPrecision(2))}% of the minutes`);
    expect(of()).toContain(`in about ${Number((100 * blocks).toPrecision(2))}% of the blocks`);
    expect(of()).toContain(`gain about ${Number((blocks / own).toPrecision(2))} times what is shown`);
    expect(of({}, 0.0005)).not.toBe(of());
    expect(of({ spec: { ...spec, settings: { ...spec.settings, arbitrageEvery: 5 } } })).toContain(
      '% of the steps of 5 minutes',
    );
  });

  it('is none without a trained fee, a fee, a price that moves, or blocks that are faster', () => {
    expect(of({}, 0.003, [])).toBeNull();
    expect(of({}, 0)).toBeNull();
    expect(of({ interval: 12_000 })).toBeNull();
    expect(of({ held: { width: 2, minutesPerRow: 1, prices: new Float64Array(10_000).fill(3) } })).toBeNull();
  });
  rollout.dispose();
});

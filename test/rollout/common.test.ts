/** Roll-outs with something in common: programs that differ in how often arbitrageurs come are compiled once; the bits are the same. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { Common } from '../../src/rollout/common.js';
import { columnOf, sideBySide } from '../../src/rollout/layout.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { reference } from '../../src/targets/reference/index.js';
import type { SynchronousTarget } from '../../src/targets/target.js';

const ROWS = 400;
const data: Prices = {
  assets: ['A', 'B'],
  rows: ROWS,
  prices: Float64Array.from({ length: 2 * ROWS }, (_, i) => 1 + 0.2 * Math.sin(0.05 * i) + 0.01 * Math.sin(3 * i)),
  volume: null,
};

const specEvery = (arbitrageEvery: number): PoolSpec => ({
  assets: data.assets,
  pool: registry.pools['constant-weight'],
  rule: null,
  flow: null,
  objective: registry.objectives.returns,
  penalties: [],
  settings: { arbitrageEvery },
  value: 1000,
  zeroFee: false,
});

function counted(): { readonly target: SynchronousTarget; readonly count: () => number } {
  let count = 0;
  const target: SynchronousTarget = {
    ...reference,
    compile(program, options) {
      count++;
      return reference.compile(program, options);
    },
  };
  return { target, count: () => count };
}

describe('roll-outs with something in common', () => {
  it('compile a program that differs in how often arbitrageurs come once, and record what they record alone', () => {
    const { target, count } = counted();
    const common = new Common(target);
    const paths = [2, 5, 7].map((every) => {
      const own = createPoolRollout(specEvery(every), data, target, { common });
      const alone = createPoolRollout(specEvery(every), data, reference);
      const raw = own.layout.raws({ 'constant-weight.weights': [0.3, 0.7], 'constant-weight.fee': [0.002] });
      const path = own.trajectory(raw, 0, ROWS, 1);
      expect(path).toEqual(alone.trajectory(raw, 0, ROWS, 1));
      return path;
    });
    expect(count()).toBe(1);
    expect(new Set(paths.map(({ values }) => values[ROWS - 1])).size).toBe(3);
  });

  it('have the series of the same data, and look at its prices once', () => {
    const common = new Common(reference);
    expect(common.market(data, [])).toBe(common.market(data, []));
    expect(common.market({ ...data }, [])).not.toBe(common.market(data, []));
    createPoolRollout(specEvery(1), data, reference, { common });
    expect(common.checked.has(data)).toBe(true);
  });

  it('record several sets in one run, each to the bit as alone', () => {
    const rollout = createPoolRollout(specEvery(2), data, reference);
    const raws = [0, 0.001, 0.02].map((fee) => rollout.layout.raws({ 'constant-weight.fee': [fee] }));
    const together = rollout.trajectories(sideBySide(raws), 10, 300, 3, 30);
    expect(together).toEqual(raws.map((raw) => rollout.trajectory(raw, 10, 300, 3, 30)));
    expect(raws.map((_, s) => columnOf(sideBySide(raws), 3, s))).toEqual(raws);
  });
});

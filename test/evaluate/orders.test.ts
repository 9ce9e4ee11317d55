/** What part of a flow's orders came to the pool: by split, of pools that start afresh at each. */
import { describe, expect, it } from 'vitest';
import type { Split } from '../../src/data/windows.js';
import { orderRemarks, orderShares } from '../../src/evaluate/orders.js';
import { record } from '../../src/evaluate/path.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { flows, pools, specOf, walk } from '../rollout/setup.js';

const split = { burnIn: [0, 50], train: [50, 200], validation: [200, 300], test: [300, 400] } as unknown as Split;
const data = walk(2, 400, 1e-3);

const VALUES = { 'routed.size': [1e-3], 'routed.depth': [2], 'fm-amm.fee': [0.001] };

const pathOf = (flow: keyof typeof flows | null) => {
  const spec = specOf(data, { pool: pools['fm-amm'], flow: flow === null ? null : flows[flow] });
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  const raw = rollout.layout.raws(flow === null ? {} : VALUES);
  const whole = record(rollout, raw, [split.train, split.validation, split.test]);
  const alone = rollout.trajectory(raw, split.test[0], split.test[1] - split.test[0], 1).orders;
  rollout.dispose();
  return { whole, alone };
};

describe('the share of orders', () => {
  it('is that of each split, whose pool starts afresh', () => {
    const { whole, alone } = pathOf('routed');
    const shares = orderShares(whole, split);
    expect(Object.keys(shares ?? {})).toEqual(['train', 'validation', 'test']);
    for (const share of Object.values(shares ?? {})) {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
    }
    if (alone === null) throw new Error('no orders');
    const last = alone.offered.length - 1;
    // the first row of a stretch has no orders, so nothing of another one is in it
    expect(Math.abs((shares?.test ?? 0) - alone.routed[last] / alone.offered[last])).toBeLessThan(1e-12);
  });

  it('is told beside the headline', () => {
    expect(orderRemarks({ train: 0.43, test: 0.4123 })).toEqual([
      'Of the value of all orders 41.2 % came to the pool on the test split (43.0 % train).',
    ]);
    expect(orderRemarks({})).toEqual([]);
  });

  it('is none of a pool without orders', () => {
    const { whole } = pathOf(null);
    expect(orderShares(whole, split)).toBeNull();
    expect(orderRemarks(null)).toEqual([]);
  });
});

/** Roll-outs of all other shipped models on the webgpu target: pools, rules, laws of the fee; makers, markets, generators. */
import { describe, it } from 'vitest';
import { drawn } from '../../bench/cases.js';
import { missing } from '../targets/webgpu-device.js';
import { CASES, type Case, momentum } from './bits-cases.js';
import { feeLaws } from './setup.js';
import { expectNear, expectPoolNear } from './webgpu-near.js';

const LAWS: readonly Case[] = Object.values(feeLaws).map((feeLaw) => ({
  name: `tfmm, a fee by ${feeLaw.name}`,
  n: 2,
  part: { ...momentum, feeLaw },
}));

/** Milliseconds: a market of five resources compiles for half a minute of processor time. */
const COMPILING = 900_000;

describe.skipIf(missing)('on the device, near the reference', () => {
  it.each([...CASES, ...LAWS])('$name', expectPoolNear);

  // the game counts trades that a last digit may make or not: float32 and float64 play different games
  it.each(drawn)('$name', { timeout: COMPILING }, (c) =>
    expectNear((target, precision) => {
      const { rollout, raw } = c.build(target, { precision }, 60, 3);
      return { rollout, asked: { raw, windows: Int32Array.of(0, 1, 5), rows: 60 } };
    }, c.name.startsWith('(p')),
  );
});

/** Policies played trade by trade against the roll-out; the exported contract against both. All laws: contracts.test.ts. */
import { describe, expect, it } from 'vitest';
import { doublePlayer } from '../../src/challenge/players.js';
import { play } from '../../src/challenge/replay.js';
import { policyOf } from '../../src/export/solidity/calls.js';
import { exp, ln, sqrt, WAD } from '../../src/export/solidity/wad.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { challenge } from '../competition/setup.js';
import { checkContract, contractLaws, policy, SEED, STEPS, scenarios } from './contracts.js';

it.each(contractLaws)('%s, played trade by trade, earns what the roll-out says', (name) => {
  const { rollout, raw } = challenge(name, wasm, SEED);
  const { byWindow } = rollout.value(raw, Int32Array.of(0, 1), STEPS + 1);
  rollout.dispose();
  // two programs that round in another order, over some hundred trades
  for (const [i, s] of scenarios().entries()) expect(play(s, doublePlayer(policy(name)))).toBeCloseTo(byWindow[i], 8);
});

it('recentre is the same in fixed point but for rounding, and on an EVM to the last unit', () =>
  checkContract('recentre'));

it('refuses what no contract can follow', () => {
  expect(() => policy('oracle')).toThrow(/sees its own trades was expected, got oracle/);
  expect(() => policyOf(policy('recentre').law, { width: 0.003 })).toThrow(/number was expected for gain/);
});

describe('functions in fixed point', () => {
  const units = (x: number) => (BigInt(Math.round(x * 2 ** 40)) * (WAD / 2n ** 18n)) / 2n ** 22n;
  const value = (x: bigint) => Number(x) / 1e18;
  it.each([-30, -3.25, -0.001, 0, 0.5, 1, 10.75, 59])('exp(%d)', (x) => {
    const at = value(units(x));
    expect(Math.abs(value(exp(units(x))) - Math.exp(at))).toBeLessThan(2e-18 + 4e-16 * Math.exp(at));
  });
  it.each([1e-9, 0.3, Math.SQRT1_2, 1, 1.5, 123.456, 1e9])('ln and root of %d', (x) => {
    const at = value(units(x));
    expect(Math.abs(value(ln(units(x))) - Math.log(at))).toBeLessThan(2e-18 + 4e-16 * Math.abs(Math.log(at)));
    expect(Math.abs(value(sqrt(units(x))) - Math.sqrt(at))).toBeLessThan(2e-18 + 4e-16 * Math.sqrt(at));
  });
  it('are 0 where they are not defined', () => {
    expect([exp(-43n * WAD), ln(0n), ln(-WAD), sqrt(-WAD)]).toEqual([0n, 0n, 0n, 0n]);
  });
});

/** The check of a law's contract: on an EVM against the integer model, and that against the simulation, call by call. */
import { expect } from 'vitest';
import { laws } from '../../kernels/competition/laws/index.js';
import { doublePlayer, integerPlayer } from '../../src/challenge/players.js';
import { drawScenarios, type Fees, play, type Scenario, type SeenCall } from '../../src/challenge/replay.js';
import { policyOf } from '../../src/export/solidity/calls.js';
import { contractOf } from '../../src/export/solidity/contract.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { VALUES } from '../competition/setup.js';
import { deploy, GAS_LIMIT } from './evm.js';

export const SEED = 3;
export const STEPS = 300;

let drawn: Scenario[] | null = null;
export const scenarios = (): Scenario[] => {
  drawn ??= drawScenarios(wasm, SEED, [0, 1], STEPS + 1);
  return drawn;
};

export const contractLaws = laws.filter((l) => l.knowing === undefined).map((l) => l.name);

export function policy(name: string) {
  const law = laws.find((l) => l.name === name) as (typeof laws)[number];
  const defaults = Object.fromEntries(
    Object.entries(law.parameters).map(([key, { shape, default: x }]) => [
      key,
      Array.isArray(shape) ? shape.map(() => x) : x,
    ]),
  );
  return policyOf(law, { ...defaults, ...VALUES[name] });
}

export async function checkContract(name: string): Promise<void> {
  const p = policy(name);
  const contract = await deploy(contractOf(p, name, [name]));
  const integers = integerPlayer(p);
  const calls: (readonly [SeenCall, Fees])[] = [];
  play(scenarios()[0], doublePlayer(p), (call, fees) => calls.push([call, fees]));
  expect(calls.length).toBeGreaterThan(100);
  integers.start(100, 10_000);
  let most = (await contract.start(100, 10_000)).gas;
  let apart = 0;
  for (const [call, fees] of calls) {
    const got = integers.after(call);
    const { bid, ask, gas } = await contract.after(call);
    expect([bid, ask]).toEqual(integers.memory().slice(0, 2));
    most = gas > most ? gas : most;
    apart = Math.max(apart, Math.abs(got.bid - fees.bid), Math.abs(got.ask - fees.ask));
  }
  for (const [i, value] of integers.memory().entries()) expect(await contract.slot(i)).toBe(value);
  expect(most).toBeLessThan(GAS_LIMIT);
  expect(apart).toBeLessThan(1e-12);
  if (process.env.SHOW_GAS === '1') console.log(name, 'bytes', contract.size, 'gas', most, 'fees apart', apart);
}

/** Golden cases of Hamiltonian pools: swaps and arbitrage against 40-digit solutions. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HMM_CASE_INPUTS, hmmCaseProgram } from '../../kernels/pools/hmm/cases.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs, SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree } from '../targets/agreement.js';

interface Case extends Record<(typeof HMM_CASE_INPUTS)[number], number> {
  price: number;
  kappa: number;
  psiOut: number;
  effectiveInForOut: number;
  arbitrage: { side: 'buy' | 'sell' | 'none'; amount: number; profit: number };
}

const path = new URL('../../../shared/golden/hmm.json', import.meta.url);
const missing = !existsSync(path);
if (missing) console.warn('hmm cases skipped: ../shared/golden/hmm.json is missing');
const cases: Case[] = missing ? [] : JSON.parse(readFileSync(path, 'utf8'));

const inputs: Inputs = {
  sets: cases.length,
  windows: 1,
  run: {},
  window: {},
  buffers: Object.fromEntries(HMM_CASE_INPUTS.map((name) => [name, Float64Array.from(cases, (c) => c[name])])),
};
const SIDE = { buy: 1, sell: -1, none: 0 };

describe.skipIf(missing)('hmm golden cases', () => {
  it.each([reference, wasm])('on $name', (target: SynchronousTarget) => {
    const got = target.compile(hmmCaseProgram()).run(inputs);
    const worst: Record<string, number> = {};
    const relative = (name: string, value: number, wanted: number, unit: number) => {
      worst[name] = Math.max(worst[name] ?? 0, Math.abs(value - wanted) / unit);
    };
    expect(cases.length).toBeGreaterThanOrEqual(120);
    cases.forEach((c, i) => {
      for (const name of ['price', 'kappa', 'psiOut', 'effectiveInForOut'] as const) {
        relative(name, got[name][i], c[name], c[name]);
      }
      expect(got.side[i], `case ${i}`).toBe(SIDE[c.arbitrage.side]);
      relative('amount', got.amount[i], c.arbitrage.amount, c.arbitrage.amount || 1);
      relative('profit', got.profit[i], c.arbitrage.profit, c.psi * c.outsidePrice + c.theta);
    });
    for (const name of ['price', 'kappa', 'psiOut', 'effectiveInForOut', 'profit']) {
      expect(worst[name], name).toBeLessThan(1e-12);
    }
    expect(worst.amount, 'amount').toBeLessThan(1e-8);
  });

  it('have the same bits on wasm as on the reference', () => {
    agree(wasm, hmmCaseProgram(), inputs);
  });
});

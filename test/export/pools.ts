/** Tuned pools for the exporters' tests. The numbers have no short decimal form: rounding shows. */

import { memoryOfLambda } from '../../kernels/rules/memory.js';
import type { TunedHmm, TunedPool, TunedRule } from '../../src/export/index.js';

const provenance = {
  checkpoint: 'sha256:4be1',
  dataset: 'sha256:77c0',
  version: '0.1.0',
  created: '2024-05-06T07:08:09.000Z',
  metrics: { returns_over_hodl: 0.0123, daily_log_sharpe: 1.75 },
};

export const address = (digit: string) => `0x${digit.repeat(40)}`;

export function constantPool(change: Partial<TunedPool> = {}): TunedPool {
  return {
    kind: 'constant-weight',
    assets: ['BTC', 'ETH', 'USD'],
    fee: 0.00312345678,
    weights: [1 / 3, 1 / 7, 1 - 1 / 3 - 1 / 7],
    value: 1e6,
    rule: null,
    hmm: null,
    provenance,
    ...change,
  };
}

export function tfmmPool(rule: Partial<TunedRule> = {}, change: Partial<TunedPool> = {}): TunedPool {
  const chunkPeriod = rule.chunkPeriod ?? 1440;
  const lambda = rule.lambda ?? [0.9 + 1 / 300, 0.81 + 1 / 700];
  return {
    ...constantPool(),
    kind: 'tfmm',
    assets: ['BTC', 'ETH'],
    weights: [0.5 + 1 / 30, 0.5 - 1 / 30],
    rule: {
      name: 'momentum',
      lambda,
      memoryDays: lambda.map((l) => memoryOfLambda(l, chunkPeriod)),
      k: [20 + 1 / 3, 31 + 1 / 7],
      chunkPeriod,
      weightInterpolationPeriod: 1440,
      interpolation: 'linear',
      maximumChange: 3e-4,
      minimumWeight: 0.05,
      maxMemoryDays: 365,
      estimator: { ewma: [9012.345678901234, 512.3456789012345], a: [-1234.567890123, 98.76543210123] },
      ...rule,
    },
    ...change,
  };
}

export function hmmPool(hmm: Partial<TunedHmm> = {}, change: Partial<TunedPool> = {}): TunedPool {
  const n = (hmm.rho ?? [0, 0]).length;
  const marketFee = hmm.marketFee ?? 0.003 + 1e-5 / 3;
  return {
    ...constantPool(),
    kind: 'hmm',
    assets: ['GPU', 'CPU', 'TPU'].slice(0, n),
    fee: marketFee,
    weights: Array.from({ length: n }, () => 1 / n),
    hmm: {
      w: [0.6, 0.4],
      rho: [0.05 + 1 / 900, 0.2 + 1 / 700],
      priceScale: [1, 1],
      psi: [1000 / 3, 2000 / 7],
      theta: [1100 / 3, 1900 / 7],
      marketFee,
      riskFee: 0.02,
      alpha: 0.5,
      feeBurn: 0.25,
      ...hmm,
    },
    ...change,
  };
}

/** A template that leaves nothing open, for the assets BTC, ETH (and USD). */
export function fullTemplate(assets: readonly string[] = ['BTC', 'ETH']): Record<string, unknown> {
  const digit: Record<string, string> = { BTC: 'c', ETH: 'A', USD: '5' };
  return {
    name: 'Test pool',
    symbol: 'TEST',
    tokens: Object.fromEntries(assets.map((name) => [name, address(digit[name])])),
    roleAccounts: { pauseManager: address('1'), swapFeeManager: address('2') },
    salt: `0x${'7'.repeat(64)}`,
    rule: address('3'),
    oracles: Object.fromEntries(assets.map((name) => [name, [address(digit[name]), address('9')]])),
    poolManager: address('4'),
    poolRegistry: 17,
    poolDetails: [['strategy', 'name', 'string', 'Momentum']],
  };
}

export const none = { template: {}, strict: false };

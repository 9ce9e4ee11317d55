import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exporters } from '../../src/export/index.js';
import { address, constantPool, fullTemplate, none } from './pools.js';
import { bps, constantValue, walk } from './replay.js';

const exporter = exporters['balancer-weighted'];
const three = ['BTC', 'ETH', 'USD'];
const args = (text: string) => JSON.parse(text).arguments;

describe('export balancer-weighted', () => {
  it('writes the arguments of create in the order of their declaration, tokens sorted by address', () => {
    const { text, placeholders, warnings } = exporter.export(constantPool(), {
      template: fullTemplate(three),
      strict: true,
    });
    const create = args(text);
    expect(Object.keys(create)).toEqual([
      'name',
      'symbol',
      'tokens',
      'normalizedWeights',
      'roleAccounts',
      'swapFeePercentage',
      'poolHooksContract',
      'enableDonation',
      'disableUnbalancedLiquidity',
      'salt',
    ]);
    expect(JSON.parse(text).assets).toEqual(['USD', 'ETH', 'BTC']);
    expect(create.tokens[1]).toEqual({
      token: address('A'),
      tokenType: 0,
      rateProvider: address('0'),
      paysYieldFees: false,
    });
    // The doubles sum to a little more than 1: these are the shares of their exact sum.
    expect(create.normalizedWeights).toEqual(['523809523809523889', '142857142857142833', '333333333333333278']);
    expect(create.swapFeePercentage).toBe('3123500000000000');
    expect(create.roleAccounts.poolCreator).toBe(address('0'));
    expect([placeholders, warnings]).toEqual([[], []]);
  });

  it('comes back in the checkpoint’s order, within one unit of 1e-18 a weight', () => {
    const pool = constantPool();
    const { quantised, text } = exporter.export(pool, { template: fullTemplate(three), strict: true });
    expect(quantised).toEqual(exporter.parse(text));
    expect(quantised).toEqual({ ...pool, fee: 0.0031235, weights: quantised.weights });
    for (const [i, w] of quantised.weights.entries()) expect(Math.abs(w - pool.weights[i])).toBeLessThan(2e-16);
  });

  it('costs less than 1e-9 bps over 1,000 steps', () => {
    const pool = constantPool();
    const prices = walk(1000, [9000, 500, 1]);
    const after = constantValue(exporter.export(pool, none).quantised, prices);
    expect(Math.abs(bps(after, constantValue(pool, prices)))).toBeLessThan(1e-9);
  });

  it('sums to 1e18 and keeps 1 % and the fee’s grid for any pool', () => {
    const raw = fc.array(fc.double({ noNaN: true, min: 0.15, max: 1 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(raw, fc.double({ noNaN: true, min: 1e-5, max: 0.1 }), (shares, fee) => {
        const sum = shares.reduce((a, b) => a + b, 0);
        const assets = shares.map((_, i) => `A${i}`);
        const pool = constantPool({ assets, weights: shares.map((x) => x / sum), fee });
        const result = exporter.export(pool, none);
        const { normalizedWeights, swapFeePercentage } = args(result.text);
        const weights: bigint[] = normalizedWeights.map(BigInt);
        expect(weights.reduce((a, b) => a + b)).toBe(10n ** 18n);
        expect(weights.every((w) => w >= 10n ** 16n)).toBe(true);
        expect(BigInt(swapFeePercentage) % 10n ** 11n).toBe(0n);
        expect(Math.abs(result.quantised.fee - fee)).toBeLessThanOrEqual(5e-8 * (1 + 1e-9));
      }),
    );
  });

  it('leaves named placeholders where the template is silent, and says what that means for the order', () => {
    const { placeholders, text, warnings, quantised } = exporter.export(constantPool(), none);
    expect(placeholders).toEqual([
      'tokens.BTC',
      'tokens.ETH',
      'tokens.USD',
      'roleAccounts.pauseManager',
      'roleAccounts.swapFeeManager',
      'salt',
    ]);
    expect(args(text).salt).toBe('<salt>');
    expect(JSON.parse(text).placeholders).toEqual(placeholders);
    expect(warnings[0]).toContain('sorted by address');
    expect(quantised.assets).toEqual(three);
  });

  it('describes a token with a rate, and a fee that the template sets', () => {
    const template = {
      tokens: { ETH: { token: address('e'), rateProvider: address('f'), paysYieldFees: true } },
      swapFee: 0.01,
    };
    const { text, warnings, quantised } = exporter.export(constantPool(), { template, strict: false });
    expect(args(text).tokens[1]).toMatchObject({ tokenType: 1, rateProvider: address('f'), paysYieldFees: true });
    expect(quantised.fee).toBe(0.01);
    expect(warnings).toContain("the template's swap fee 0.01 replaces the trained 0.00312345678");
  });

  it('gives a pool without fees the vault’s smallest, and says so', () => {
    const { text, warnings, quantised } = exporter.export(constantPool({ fee: 0 }), { template: {}, strict: false });
    expect(args(text).swapFeePercentage).toBe('10000000000000');
    expect(quantised.fee).toBe(1e-5);
    expect(warnings.at(-1)).toBe(
      'the vault has no fee of 0: its smallest, 0.00001 (.001 %), is written; set swapFee in the template',
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exporters, type TunedPool } from '../../src/export/index.js';
import { hmmPool, none } from './pools.js';
import { bps, sellCompute, spot } from './replay.js';

const exporter = exporters['hmm-solidity'];
const WAD = 10n ** 18n;

interface Struct {
  psi: bigint[];
  theta: bigint[];
  weights: bigint[];
  kappa: bigint;
  lambda: bigint;
}

function struct(text: string): Struct {
  const { pool } = JSON.parse(text);
  const each = (values: string[]) => values.map(BigInt);
  return {
    psi: each(pool.psi),
    theta: each(pool.theta),
    weights: each(pool.weights),
    kappa: BigInt(pool.kappa),
    lambda: BigInt(pool.lambda),
  };
}

/** Twice H at scale 1e54, from the integers of the file alone. */
function twiceH({ psi, theta, weights, lambda }: Struct): bigint {
  return psi.reduce((sum, x, i) => sum + 2n * weights[i] * x * theta[i] + lambda * (x * x + theta[i] * theta[i]), 0n);
}

/** Prices and a large sale of every asset must not notice the export. */
function expectSamePool(before: TunedPool, after: TunedPool, tolerance = 1e-9): void {
  for (let i = 0; i < before.assets.length; i++) {
    const amount = before.hmm!.psi[i] / 10;
    const cost = bps(sellCompute(after.hmm!, i, amount), sellCompute(before.hmm!, i, amount));
    expect(Math.abs(cost)).toBeLessThan(tolerance);
    expect(Math.abs(bps(spot(after.hmm!, i), spot(before.hmm!, i)))).toBeLessThan(tolerance);
  }
}

describe('export hmm-solidity', () => {
  it('writes the struct in the order of its declaration, fees in the sidecar at 1e18', () => {
    const { text } = exporter.export(hmmPool({ marketFee: 0.003 }), none);
    const file = JSON.parse(text);
    expect(Object.keys(file.pool)).toEqual(['psi', 'theta', 'kappa', 'lambda', 'weights']);
    expect(file.scale).toBe('1000000000000000000');
    expect(file.sidecar.fees).toEqual({
      marketFee: '3000000000000000',
      riskFee: '20000000000000000',
      alpha: '500000000000000000',
      feeBurn: '250000000000000000',
    });
  });

  it('finds one lambda: every ρ and the sum of the weights stay', () => {
    const pool = hmmPool();
    const { lambda, weights } = struct(exporter.export(pool, none).text);
    for (const [i, w] of weights.entries()) expect(Number(lambda) / Number(w)).toBeCloseTo(pool.hmm!.rho[i], 15);
    expect(Number(weights[0] + weights[1]) / 1e18).toBeCloseTo(1, 15);
  });

  it('keeps the weights of a single asset and of a pool without curvature', () => {
    const one = hmmPool({ w: [1], rho: [0.05], priceScale: [1], psi: [10], theta: [12] });
    expect(struct(exporter.export(one, none).text)).toMatchObject({
      lambda: 50000000000000003n,
      weights: [WAD],
      psi: [10n * WAD],
    });
    const flat = struct(exporter.export(hmmPool({ rho: [0, 0] }), none).text);
    expect(flat.lambda).toBe(0n);
    expect(flat.weights).toEqual([599999999999999978n, 400000000000000022n]);
  });

  it('rounds kappa down, in all and asset by asset', () => {
    const result = exporter.export(hmmPool(), none);
    const integers = struct(result.text);
    const scale = 2n * WAD * WAD;
    expect(twiceH(integers) >= integers.kappa * scale).toBe(true);
    expect(twiceH(integers) < (integers.kappa + 1n) * scale).toBe(true);
    const kappas: bigint[] = JSON.parse(result.text).sidecar.kappas.map(BigInt);
    const short = integers.kappa - kappas[0] - kappas[1];
    expect(short === 0n || short === 1n).toBe(true);
  });

  it('comes back as the same pool: reserves, curvature, fees, prices, trades', () => {
    const pool = hmmPool();
    const { quantised, text } = exporter.export(pool, none);
    expect(exporter.parse(text)).toEqual(quantised);
    expectSamePool(pool, quantised);
    expect(quantised.hmm!.psi).toEqual(pool.hmm!.psi);
    expect(quantised.hmm!.theta).toEqual(pool.hmm!.theta);
    expect(quantised.fee).toBe(quantised.hmm!.marketFee);
    expect(Math.abs(quantised.fee - pool.fee)).toBeLessThan(1e-18);
  });

  it('folds a price scale into the unit of compute, credits untouched', () => {
    const pool = hmmPool({ priceScale: [41.7, 0.013] });
    const { quantised, text, notes, warnings } = exporter.export(pool, none);
    const plain = struct(exporter.export(hmmPool(), none).text);
    const folded = struct(text);
    expect(folded.theta).toEqual(plain.theta);
    expect(folded.weights).toEqual(plain.weights);
    // The struct itself, read as a pool without price scale, quotes prices in credits per 1/s of compute.
    const inNewUnits = { ...quantised.hmm!, priceScale: [1, 1], psi: folded.psi.map((x) => Number(x) / 1e18) };
    [0, 1].forEach((i) => {
      const s = pool.hmm!.priceScale[i];
      expect(Math.abs(bps(s * spot(inNewUnits, i), spot(pool.hmm!, i)))).toBeLessThan(1e-9);
    });
    expectSamePool(pool, quantised);
    expect(notes.some((note) => note.startsWith('psi of GPU counts units of 1/41.7 compute'))).toBe(true);
    expect(warnings.some((warning) => warning.startsWith('price scales differ'))).toBe(true);
  });

  it('is the same pool for any valid parameters', () => {
    const reserve = fc.double({ noNaN: true, min: 1e-2, max: 1e9 });
    const rho = fc.double({ noNaN: true, min: 1e-3, max: 0.99 });
    const scale = fc.double({ noNaN: true, min: 1e-3, max: 1e3 });
    fc.assert(
      fc.property(reserve, reserve, rho, rho, scale, (psi, theta, first, second, s) => {
        const pool = hmmPool({
          psi: [psi, 1],
          theta: [theta, 1],
          rho: [first, second],
          priceScale: [s, 1],
          riskFee: 0,
        });
        const { quantised } = exporter.export(pool, none);
        const [before, after] = [pool.hmm!, quantised.hmm!];
        expect(Math.abs(after.psi[0] / before.psi[0] - 1)).toBeLessThan(1e-12);
        expect(Math.abs(after.rho[0] / before.rho[0] - 1)).toBeLessThan(1e-12);
        expect(Math.abs(bps(spot(after, 0), spot(before, 0)))).toBeLessThan(1e-7);
      }),
    );
  });

  it('sums the pool up for people', () => {
    const { text } = exporter.export(
      hmmPool({ w: [1], rho: [0.05], priceScale: [2], psi: [10], theta: [20], marketFee: 0.003, alpha: 0 }),
      none,
    );
    expect(JSON.parse(text).summary).toEqual([
      'Strategy: Hamiltonian market maker for GPU, simulated from a value of 1,000,000',
      'GPU: ρ 0.05 quotes prices from 0.1 to 40, centred at 2, where it is 1.10526 × as deep as a constant product; holds 10 compute and 20 credits, spot price 2',
      'Fees: 0.3 % of what is paid in, risk fee 2 % × ‖ΔΨ‖/‖Ψ‖ (a trade of 1 % of the compute pays 0.02 % more); 25 % of the fees are burnt',
      'Curvature: constant',
      'Chosen by: daily_log_sharpe 1.75, returns_over_hodl 0.0123',
    ]);
  });

  it('warns about what the struct cannot say', () => {
    const { warnings } = exporter.export(hmmPool(), { template: { salt: 1 }, strict: false });
    expect(warnings).toEqual([
      'hmm-solidity takes no template: its fields were not used',
      expect.stringContaining('must keep the kappa of each asset'),
      expect.stringContaining('whenever the contract changes lambda'),
    ]);
    const coarse = exporter.export(hmmPool({ rho: [0.9, 1e-12] }), none);
    expect(coarse.warnings).toContainEqual(expect.stringMatching(/rounding to 1e-18 changes rho by up to/));
  });
});

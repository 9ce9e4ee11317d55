/** A trained compute market as pools of a contract: integers that are the pools, read back, valued again. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExport } from '../../src/app/index.js';
import { buyAlone } from '../../src/compute/trades.js';
import { exportMarket, parseMarket, type TunedMarket } from '../../src/export/market-solidity.js';
import { training } from '../app/setup.js';
import { root } from '../package/pages.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-market-export-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const WAD = 10n ** 18n;
const provenance = {
  checkpoint: 'a',
  version: '0',
  created: '2026-01-01T00:00:00Z',
  choice: { step: 1, split: 'validation' as const, value: 0 },
};

const market: TunedMarket = {
  resources: ['gpu', 'cpu'],
  rho: [0.4912345678901234, 0],
  priceScale: [1.7, 0.3],
  psi: [512.125, 90_000],
  theta: [1003.0625, 27_000],
  marketFee: 0.00411,
  riskFee: 0.0083,
  burn: 0.25,
  treasuryShare: 0.2,
  law: { alpha: 0.01, utilisation: 0.2, target: [1000, 1e5] },
  rules: { riskScope: 'asset', riskFeeBase: 'trade', burnBase: 'market' },
};

describe('exportMarket', () => {
  it('writes a pool for each resource, whose integers hold its invariant', () => {
    const { text, warnings } = exportMarket(market, provenance);
    const { pools } = JSON.parse(text);
    expect(pools.map((p: { resource: string }) => p.resource)).toEqual(['gpu', 'cpu']);
    for (const { pool } of pools) {
      const [psi, theta, w] = [pool.psi[0], pool.theta[0], pool.weights[0]].map(BigInt);
      const lambda = BigInt(pool.lambda);
      const twice = 2n * w * psi * theta + lambda * (psi * psi + theta * theta);
      expect(BigInt(pool.kappa)).toBe(twice / (2n * WAD * WAD));
    }
    expect(warnings).toEqual([expect.stringContaining('the curvature moves')]);
  });

  it('reads back to the same pools: purchases of any size cost the same to 1e-9 bps', () => {
    const { quantised: q } = exportMarket(market, provenance);
    const cost = (m: TunedMarket, i: number, part: number) =>
      buyAlone({ rho: m.rho[i], scale: m.priceScale[i], psi: m.psi[i], theta: m.theta[i] }, part * market.psi[i], {
        market: m.marketFee,
        risk: m.riskFee,
      }).gross;
    for (const i of [0, 1]) {
      for (const part of [1e-6, 0.01, 0.5, 0.99]) {
        expect(Math.abs(cost(q, i, part) / cost(market, i, part) - 1) * 1e4).toBeLessThan(1e-9);
      }
    }
    expect(q.law).toEqual(market.law);
    expect(q.rules).toEqual(market.rules);
  });

  it('says what a contract must see to, and refuses a file that is no pool', () => {
    const rules = { riskScope: 'pool', riskFeeBase: 'block', burnBase: 'total' };
    const { text, warnings } = exportMarket({ ...market, law: null, rules }, provenance);
    expect(warnings.map((w) => w.split(':')[0])).toEqual(['riskScope is pool', 'riskFeeBase is block']);
    const file = JSON.parse(text);
    file.pools[0].pool.kappa = `${BigInt(file.pools[0].pool.kappa) + 1n}`;
    expect(() => parseMarket(JSON.stringify(file))).toThrow('parse hmm-solidity: gpu: kappa must be H of the reserves');
    expect(() => exportMarket({ ...market, rho: [1e-19, 0] }, provenance)).toThrow('rho must survive rounding');
  });
});

describe('export of a trained market', () => {
  const set = [
    'data.scenarios={train: 8, validation: 2, test: 2, length: 6h}',
    'train.iterations=2',
    'train.windows=2',
  ];
  beforeAll(async () => {
    await training({ config: join(root, 'configs/compute-market.yaml'), out: at('m.json'), set });
  });
  const exported = (to: string) =>
    runExport({ checkpoint: at('m.json'), to, out: at(`${to}.json`), strict: false, json: false, set: [] });

  it('is the trained market, and is worth what it was', async () => {
    const { json } = (await exported('hmm-solidity')) as {
      json: { loss: { objective: number; quantised: number; purchaseBps: number } };
    };
    expect(Math.abs(json.loss.quantised / json.loss.objective - 1)).toBeLessThan(1e-9);
    expect(json.loss.purchaseBps).toBeLessThan(1e-9);
    const written = parseMarket(readFileSync(at('hmm-solidity.json'), 'utf8'));
    await exported('json');
    const { parameters } = JSON.parse(readFileSync(at('json.json'), 'utf8'));
    const own = (name: string): number[] => parameters[`compute-market.${name}`].value;
    written.rho.forEach((rho, i) => {
      expect(rho / own('rho')[i]).toBeCloseTo(1, 14);
      // prices start at 1, in which scales are counted
      expect(written.priceScale[i]).toBe(own('priceScale')[i]);
      expect(written.psi[i]).toBe(own('compute1')[i]);
    });
    expect(written.marketFee).toBeCloseTo(own('marketFee')[0], 15);
    expect(written.law?.target).toEqual(own('target'));
  });

  it('is refused where pools share one κ, which no contract should have', async () => {
    const joint = [...set, 'train.iterations=1', 'system.kappa=joint'];
    await training({ config: join(root, 'configs/compute-market.yaml'), out: at('joint.json'), set: joint });
    await expect(
      runExport({
        ...{ checkpoint: at('joint.json'), to: 'hmm-solidity', out: at('joint.hmm.json') },
        ...{ strict: false, json: false, set: [] },
      }),
    ).rejects.toThrow('hmm-solidity: kappa: isolated was expected, got joint');
  });

  it('is refused in the other forms', async () => {
    await expect(exported('quantamm')).rejects.toThrow(/export --to quantamm: .*pool/);
  });
});

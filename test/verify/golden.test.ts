/** The reference figures of ../shared/golden on every target, at the tolerances that belong to them. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/dataset-file.js';
import { importFiles } from '../../src/data/import-files.js';
import { reference } from '../../src/targets/reference/index.js';
import type { SynchronousTarget } from '../../src/targets/target.js';
import { loadTfjs } from '../../src/targets/tfjs/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { readCases } from '../../src/verify/cases.js';
import { verifyCases } from '../../src/verify/verify.js';

const GOLDEN = '../shared/golden';
const present = existsSync(GOLDEN);
if (!present) console.warn(`golden cases: skipped, ${GOLDEN} is not here`);

async function check(file: string, target: SynchronousTarget, prices: Dataset | null): Promise<number> {
  const reports = verifyCases(await readCases(`${GOLDEN}/${file}`), prices, target);
  for (const r of reports) {
    for (const d of r.deviations) expect(d.error, `${r.name}: ${d.field}`).toBeLessThanOrEqual(d.tolerance);
  }
  return reports.filter((r) => r.skipped === null).length;
}

describe.skipIf(!present)('golden cases', () => {
  const exact = [reference, wasm];
  it.each(exact)('zero-fee TFMM on $name', async (target) => {
    expect(await check('tfmm_zero_fee.json', target, await loadDataset(`${GOLDEN}/prices.arrow`))).toBe(13);
  });
  it.each(exact)('TFMM on real prices of 2018 on $name', async (target) => {
    const files = ['BTC', 'ETH'].map((asset) => ({
      asset,
      path: `../shared/data/bitfinex-1m-${asset}USD-2018.csv.gz`,
    }));
    const { dataset } = await importFiles(files, {
      format: 'bitfinex-candles',
      columns: {},
      volumeUnit: 'quote',
      span: 'union',
      fill: 'forward',
    });
    expect(await check('tfmm_real_2018.json', target, dataset)).toBe(3);
  });
  it.each(exact)('one-step arbitrage with fees on $name', async (target) => {
    expect(await check('arbitrage.json', target, null)).toBe(4);
  });
  it.each(exact)('hmm pools on $name', async (target) => {
    expect(await check('hmm.json', target, null)).toBe(1);
  });
  it.each(exact)('price generators and regimes on $name', async (target) => {
    expect(await check('hamiltonian.json', target, null)).toBe(17);
  });
  it.each(exact)('makers: the framework as printed, optima, roll-outs, metrics, fits, on $name', async (target) => {
    expect(await check('market-making.json', target, null)).toBe(92);
  });
  it.each(exact)('compute markets on $name', async (target) => {
    expect(await check('compute-market.json', target, null)).toBe(46);
  });
  it('skips kinds that are not built in, and says which', async () => {
    const unknown = { id: 'a', kind: 'tides', inputs: {}, expected: {}, tolerance: 1e-9 };
    const reports = verifyCases({ kind: 'named', cases: [unknown] }, null, reference);
    expect(reports[0].skipped).toBe('cases of the kind tides are not built in');
  });
  it('one-step arbitrage and hmm pools on tfjs, in single precision', async () => {
    const tfjs = await loadTfjs('cpu');
    expect(await check('arbitrage.json', tfjs, null)).toBe(4);
    expect(await check('hmm.json', tfjs, null)).toBe(1);
  });
});

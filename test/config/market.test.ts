/** The file of a compute market and the needs of `quote`: what is refused, in which words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runQuote } from '../../src/app/quote.js';
import { loadMarket, marketOf } from '../../src/config/market.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-market-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const venue = { name: 'west', resource: 'gpu', compute: 500, credits: 1000 };

it.each([
  [[], 'config: expected a market of venues, got []; begin with venues:'],
  [null, 'config: expected a market of venues, got nothing; begin with venues:'],
  [{}, 'config: expected a market of venues, got {}; begin with venues:'],
  [{ system: {}, data: {} }, 'config: expected a market of venues, got a document of system, data; begin with venues:'],
  [{ venues: [venue], riskfee: 1 }, "riskfee: expected a known key, got 'riskfee'; did you mean 'riskFee'?"],
  [{ venues: {} }, 'venues: expected a list, got {}'],
  [{ venues: [] }, 'venues: expected a list of 1 or more, got []'],
  [{ venues: [1] }, 'venues.0: expected values by name, got 1'],
  [{ venues: [{ ...venue, compute: -1 }] }, 'venues.0.compute: expected more than 0, got -1'],
  [{ venues: [{ ...venue, compute: Infinity }] }, 'venues.0.compute: expected a finite number, got Infinity'],
  [{ venues: [{ ...venue, compute: 'x' }] }, "venues.0.compute: expected a finite number, got 'x'"],
  [{ venues: [{ ...venue, curvature: 1 }] }, 'venues.0.curvature: expected less than 1, got 1'],
  [{ venues: [{ ...venue, latency: [] }] }, 'venues.0.latency: expected a latency, got []; for example 50ms'],
  [{ venues: [{ ...venue, name: '' }] }, "venues.0.name: expected text that is not empty, got ''"],
  [{ venues: [venue], riskScope: 'x' }, "riskScope: expected asset or pool, got 'x'"],
  [{ venues: [venue], burn: 2 }, 'burn: expected at most 1, got 2'],
  [{ venues: [venue, venue] }, "venues.1.name: expected a name of its own, got 'west' again"],
  [
    { venues: [venue, { ...venue, name: 'gpu', resource: 'cpu' }] },
    "venues.1.name: expected a name that is no other resource's, got 'gpu'; rename it",
  ],
])('%j is no market', (given, sentence) => {
  expect(() => marketOf(given)).toThrow(expect.objectContaining({ message: sentence }));
});

it('names the file once', async () => {
  const path = join(folder, 'maker.yaml');
  writeFileSync(path, 'system: {kind: maker}\n');
  await expect(loadMarket(path)).rejects.toMatchObject({
    message: `${path}: expected a market of venues, got a document of system; begin with venues:`,
  });
  writeFileSync(path, 'venues: {}\n');
  await expect(loadMarket(path)).rejects.toMatchObject({ message: `${path}: venues: expected a list, got {}` });
});

it('says what is wrong with a need', async () => {
  const market = join(folder, 'market.yaml');
  writeFileSync(market, 'venues:\n  - {name: gpu, resource: gpu, compute: 500, credits: 1000}\n');
  const example = '; for example --need gpu=100,vram=512';
  for (const [need, sentence, exitCode] of [
    ['gpu', `--need: expected units by resource, got 'gpu'${example}`, 2],
    ['gpu=x', `--need: expected units by resource, got 'gpu=x'${example}`, 2],
    ['gpu=1,gpu=2', `--need: expected each resource once, got gpu again in 'gpu=1,gpu=2'${example}`, 2],
    ['gpu=-1', `--need: expected units of gpu above 0, got '-1'${example}`, 2],
    ['gpu=0', `--need: expected units of gpu above 0, got '0'${example}`, 2],
    ['gpu=1e400', `--need: expected finite units of gpu, got '1e400'${example}`, 2],
    ['gpu=1e-300', 'quote: at least 5e-10 units of gpu were expected, 1e-12 of what the market holds, got 1e-300', 1],
  ] as const) {
    await expect(runQuote({ market, need, json: false })).rejects.toMatchObject({ message: sentence, exitCode });
  }
  // reserves whose product is beyond all numbers
  const vast = join(folder, 'vast.yaml');
  writeFileSync(vast, 'venues:\n  - {name: gpu, resource: gpu, compute: 1.0e+300, credits: 1.0e+300}\n');
  await expect(runQuote({ market: vast, need: 'gpu=1e299', json: false })).rejects.toThrow(
    'quote: finite amounts were expected',
  );
});
